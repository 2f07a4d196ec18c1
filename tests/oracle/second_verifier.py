"""Runs docs/verify.py on one result after the other, in one process.

Standard input: one JSON object a line, {"dir": DIR, "input": FILE or [FILE...]}. Standard output:
one line each, {"exit": CODE, "said": TEXT}, as if `python3 docs/verify.py DIR --input FILE...` had
been run.
"""

import contextlib
import io
import json
import pathlib
import sys

VERIFIER = pathlib.Path(__file__).parents[2] / "docs" / "verify.py"


def verify(program, directory, files):
    said = io.StringIO()
    files = [files] if isinstance(files, str) else files
    sys.argv = [str(VERIFIER), directory, "--input", *files]
    code = 0
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            exec(program, {"__name__": "__main__", "__file__": str(VERIFIER)})
        except SystemExit as end:
            code = end.code
    if code is None:
        code = 0
    if not isinstance(code, int):
        said.write(str(code))
        code = 1
    return {"exit": code, "said": said.getvalue()}


def main():
    program = compile(VERIFIER.read_text(encoding="utf-8"), str(VERIFIER), "exec")
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(verify(program, request["dir"], request["input"])), flush=True)


if __name__ == "__main__":
    main()
