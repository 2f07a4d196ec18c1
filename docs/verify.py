#!/usr/bin/env python3
"""Verifies a result of `setoff clear --out DIR`, with nothing but Python's standard library.

    python3 verify.py DIR [--input FILE...]

This is a second verifier, written from certificate.md, files.md and input.md alone, to be read
from top to bottom by whoever wants to know what a proof is worth. The rules V1 to V13 are those of
certificate.md. Exit codes: 0 verified, 1 a rule does not hold, 2 DIR or the command is at fault,
3 a file can't be read.
"""

import argparse
import codecs
import datetime
import decimal
import gzip
import hashlib
import io
import itertools
import json
import os
import re
import shutil
import sys
import tempfile
import xml.etree.ElementTree
import zipfile

MOST_FINDINGS = 20
LONGEST_ROW = 1 << 20
LARGEST_AMOUNT = 1 << 62
MOST_WEIGHT = 1_000_000
MOST_REJECTED = 1_000_000


class Broken(Exception):
    """A rule does not hold in a way that leaves nothing more to check here."""


class Usage(Exception):
    """The command, or what it was given, is at fault."""


class Findings:
    """What is wrong, the first ones in words."""

    def __init__(self):
        self.words = []
        self.count = 0

    def add(self, words):
        self.count += 1
        if len(self.words) < MOST_FINDINGS:
            self.words.append(words)


def short(value):
    """Untrusted text, fit for a line of a message."""
    text = ascii(value)
    return text if len(text) <= 80 else text[:80] + "..."


# ------------------------------------------------------------------------------------- V1: form


def read_json(folder, name, largest):
    path = os.path.join(folder, name)
    with open_file(path) as file:
        content = file.read(largest + 1)
    if len(content) > largest:
        raise Broken(f"{name}: is too large")

    def members(pairs):
        values = dict(pairs)
        if len(values) != len(pairs):
            raise ValueError("a name stands twice in one object")
        return values

    def whole(digits):
        if digits == "-0" or len(digits) > 40:
            raise ValueError(f"{digits[:40]} is no number that can stand here")
        return int(digits)

    def constant(word):
        raise ValueError(f"{word} is not JSON")

    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=members,
            parse_int=whole,
            parse_constant=constant,
        )
    except (ValueError, RecursionError) as error:
        raise Broken(f"{name}: {error}") from None


def open_file(path):
    """Opens an ordinary file: a pipe, say, might never end."""
    if not os.path.isfile(path):
        raise Broken(f"{path}: is not there, or not a file")
    return open(path, "rb")


def read_table(folder, name, header):
    """The rows of a CSV file of the result, each with its line, held to the one right form."""
    line = 1
    with open_file(os.path.join(folder, name)) as file:
        while True:
            begun = line
            text = b""
            while True:
                more = file.readline(LONGEST_ROW)
                text += more
                line += 1
                if not more or text.count(b'"') % 2 == 0 or len(text) > LONGEST_ROW:
                    break
            if not text:
                break
            try:
                row = split_row(text.decode("utf-8"))
            except ValueError:
                row = None
            if row is None or len(row) != len(header):
                raise Broken(f"{name}:{begun}: the row is not written as the format asks")
            if begun == 1 and row != header:
                raise Broken(f"{name}:1: the header is not {','.join(header)}")
            if begun > 1:
                yield begun, row
    if line == 2:
        raise Broken(f"{name}: is empty")


FIELD = re.compile(r'"((?:[^"]|"")*)"|([^",\r\n]*)')


def split_row(text):
    """The fields of a row in the one right form, or None."""
    if not text.endswith("\n"):
        return None
    if '"' not in text and "\r" not in text:
        fields = text[:-1].split(",")
        return None if "\n" in text[:-1] else fields
    fields = []
    at = 0
    while True:
        match = FIELD.match(text, at)
        quoted, plain = match.groups()
        if quoted is not None and not any(mark in quoted for mark in '",\r\n'):
            return None
        fields.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if text[at:] == "\n":
            return fields
        if text[at : at + 1] != ",":
            return None
        at += 1


def number(text):
    """A whole number without needless zeros, or None."""
    return int(text) if re.fullmatch(r"0|[1-9][0-9]{0,18}", text) else None


def money(minor, decimals):
    """Minor units as the one right text."""
    digits = str(abs(minor)).rjust(decimals + 1, "0")
    sign = "-" if minor < 0 else ""
    if decimals == 0:
        return sign + digits
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def minor_units(text, decimals):
    """The other way round; None for any other text."""
    if len(text) > 60 or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return None
    minor = int(text.replace(".", ""))
    return minor if money(minor, decimals) == text else None


# ------------------------------------------------------------------------------------ V2: terms


class Terms:
    """What result.json says about how the result came about."""

    def __init__(self, result):
        if not isinstance(result, dict) or result.get("format") != "setoff-result/1":
            raise Usage('result.json: its format is not "setoff-result/1"')
        try:
            self.read(result)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise Broken(f"result.json: a field is missing or not as V2 asks ({error})") from None

    def read(self, result):
        def must(holds, what):
            if not holds:
                raise ValueError(what)

        self.mode = result["mode"]
        must(self.mode in ("set-off", "bilateral", "novation"), "mode")
        self.centre = result["centre"]
        must(isinstance(self.centre, str) == (self.mode == "novation"), "centre")
        must(self.centre is None or isinstance(self.centre, str), "centre")
        must(is_hash(result["seed"]), "seed")
        self.seed = bytes.fromhex(result["seed"])
        self.among = result["among"]
        must(self.among in ("default", "fair", "fewest"), "among")
        self.whole = result["whole"]
        must(type(self.whole) is bool, "whole")
        must(self.among == "default" or not self.whole, "among and whole")
        chooses = self.among != "default" or self.whole
        must(not chooses or self.mode == "set-off", "among and whole")
        # To follow a search, the rows themselves are kept.
        self.searched = self.whole or self.among == "fewest"
        self.as_of = result["as_of"]
        must(self.as_of is None or is_day(self.as_of), "as_of")
        self.reading = result["reading"]
        must(is_reading(self.reading), "reading")

        self.overdue = None
        self.weights_column = None
        weights = result["weights"]
        self.classes = False
        if weights == "overdue_first":
            self.overdue, self.classes = 2, self.mode == "set-off"
        elif weights is not None:
            must(len(weights) == 1, "weights")
            self.classes = "classes" in weights and self.mode == "set-off"
            self.weights_column = weights.get("classes", weights.get("column"))
            self.overdue = weights.get("overdue")
        if self.overdue is not None:
            must(is_whole(self.overdue) and 1 <= self.overdue <= MOST_WEIGHT, "weights.overdue")
            must(self.as_of is not None, "as_of")
        elif weights is not None:
            must(isinstance(self.weights_column, str), "weights.column")
        must(not (self.whole and self.classes), "whole and classes")
        must(self.reading["weights"] == self.weights_column, "reading.weights")

        self.inputs = result["inputs"]
        must(isinstance(self.inputs, list) and self.inputs, "inputs")
        for claimed in self.inputs:
            must(isinstance(claimed["name"], str) and is_hash(claimed["sha256"]), "inputs")
            must(is_whole(claimed["bytes"]) and is_whole(claimed["rows"]), "inputs")
            must(isinstance(claimed["recipe"], dict), "recipe")
            reading = claimed.get("reading", self.reading)
            must(is_reading(reading) and reading["weights"] == self.weights_column, "inputs.reading")
        self.rejected = result["rejected"]
        must(is_whole(self.rejected) and self.rejected >= 0, "rejected")

        self.unit = None
        unit = result["unit"]
        if unit is not None:
            self.unit = currency_of(unit["currency"], unit["decimals"])
            must(isinstance(unit["source"], str), "unit.source")
            must(unit["rate_date"] is None or is_day(unit["rate_date"]), "unit.rate_date")
            self.rounding = unit["rounding"]["minor"]
            self.rates = {}
            for rate in unit["rates"]:
                currency = currency_of(rate["currency"], rate["decimals"])
                parts = tuple(number(rate[part]) for part in ("numerator", "denominator"))
                must(all(part and part < LARGEST_AMOUNT for part in parts), "unit.rates")
                must(common_divisor(*parts) == 1, "unit.rates: lowest terms")
                must(currency not in self.rates, "unit.rates: one for each currency")
                must(currency != self.unit or parts == (1, 1), "unit.rates: the unit's own")
                self.rates[currency] = parts

    def weight(self, due, own):
        if self.weights_column is not None:
            return own
        if self.overdue is not None and due and due < self.as_of:
            return self.overdue
        return 1


def is_reading(reading):
    """Whether the rules of reading are all there and have values that input.md knows."""
    fields = ("debtor", "creditor", "amount", "currency", "due", "reference")
    known = {
        "encoding": ("utf-8", "windows-1252"),
        "delimiter": (None, ",", ";", "\t", " "),
        "decimal": (None, ".", ","),
        "sign": ("debt-positive", "debt-negative"),
        "date_order": (None, "dmy", "mdy", "ymd"),
        "credit_notes": ("refuse", "reverse"),
    }
    texts = ("sheet", "currency", "weights")
    if set(reading) != {*known, *texts, "header", "columns"}:
        return False
    columns = reading["columns"]
    return (
        all(reading[field] in values for field, values in known.items())
        and all(reading[field] is None or isinstance(reading[field], str) for field in texts)
        and is_whole(reading["header"])
        and 0 <= reading["header"] < 1 << 32
        and set(columns) == set(fields)
        and all(rule is None or type(rule) in (int, str) for rule in columns.values())
    )


def is_hash(text):
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) is not None


def is_whole(value):
    return type(value) is int


def is_day(text):
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    return day(*text.split("-")) is not None


def currency_of(code, decimals):
    """A currency is its code and its decimals."""
    if not re.fullmatch("[A-Z0-9]{3,12}", code) or not is_whole(decimals) or not 0 <= decimals <= 8:
        raise ValueError("a currency")
    return code, decimals


def common_divisor(a, b):
    while b:
        a, b = b, a % b
    return a


# ------------------------------------------------------------------------------------ V3: input
#
# The input is read again by the rules of input.md. What is read here is compared with
# discharges.csv and with the number of bad rows, so a mistake in this part can refuse a good
# result but never let a bad one pass.


class Bad(Exception):
    """A row of the input that is no obligation."""


class CannotRead(Exception):
    """The input may well be right, but this program can't read it."""


# Characters that are white space, and those that can't be seen.
WHITE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)

# ISO 4217, by the decimals of the minor unit (0 also where there is none).
ISO_4217 = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XAG XAU XBA XBB XBC XBD XDR "
    "XOF XPD XPF XPT XSU XTS XUA XXX",
    2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
    "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
    "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS "
    "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD "
    "XCD XCG YER ZAR ZMW ZWG ZWL",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DECIMALS = {code: decimals for decimals, codes in ISO_4217.items() for code in codes.split()}


def read_input(file, reading, recipe):
    """Yields (line, obligation or None for a bad row); an obligation is a tuple of debtor,
    creditor, currency, minor units, due date or "", reference and weight."""
    start = file.read(2)
    file.seek(0)
    if start == b"\x1f\x8b":
        file = gzip.GzipFile(fileobj=file)
    kind = recipe.get("kind")
    if kind == "csv":
        rows = csv_rows(file, reading, recipe)
    elif kind == "json-lines":
        rows = json_rows(file, recipe)
    elif kind == "xlsx":
        rows = sheet_rows(file, reading, recipe)
    else:
        raise Broken("result.json: recipe.kind is not as V3 asks")
    meaning = Meaning(reading)
    for line, cells in rows:
        try:
            if cells is None:
                raise Bad
            yield line, meaning.obligation(line, cells)
        except Bad:
            yield line, None


def obeys(recipe, reading, header):
    """Whether the recipe is one of those that the rules of reading leave open."""
    rules = {field: rule for field, rule in reading["columns"].items() if rule is not None}
    if reading["weights"] is not None:
        weight = reading["weights"].strip(WHITE)
        # Without a header, the weights' name is the number of their column.
        rules["weight"] = int(weight) if reading["header"] == 0 else weight
    columns = recipe["columns"]
    if ("weight" in columns) != ("weight" in rules):
        return False
    for field, rule in rules.items():
        if isinstance(rule, str):
            named = [place for place, name in enumerate(header, 1) if name.strip(WHITE) == rule.strip(WHITE)]
            if named != [columns.get(field)]:
                return False
        elif columns.get(field) != rule:
            return False
    return {"debtor", "creditor", "amount"}.issubset(columns)


def columns_of(recipe):
    columns = recipe.get("columns")
    known = {"debtor", "creditor", "amount", "currency", "due", "reference", "weight"}
    if not isinstance(columns, dict) or not known.issuperset(columns):
        raise Broken("result.json: recipe.columns is not as V3 asks")
    if not all(is_whole(column) and 1 <= column <= 1000 for column in columns.values()):
        raise Broken("result.json: recipe.columns is not as V3 asks")
    return {field: column - 1 for field, column in columns.items()}


# A cell is None if it is empty, else (kind, text): "text" means what it says, "number" is plain
# digits with a point, "date" is a day as 2026-11-24, "bad" can't be used for anything.


def csv_rows(file, reading, recipe):
    columns = columns_of(recipe)
    delimiter = recipe.get("delimiter")
    if delimiter not in (",", ";", "\t", " ") or reading["delimiter"] not in (None, delimiter):
        raise Broken("result.json: recipe.delimiter is not as V3 asks")
    header_line = reading["header"]
    width = None
    for line, row in rows_of_lines(file, reading, delimiter):
        fields = csv_fields(row, reading, delimiter)
        if width is None:
            width = len(fields or [])
            if max(columns.values()) >= width or not obeys(recipe, reading, fields):
                raise Broken("result.json: recipe.columns are not as V3 asks")
            if header_line != 0:
                continue
        if fields is None or len(fields) != width or len(fields) > 1000:
            yield line, None
            continue
        texts = {field: fields[column].strip(WHITE) for field, column in columns.items()}
        yield line, {field: ("text", text) if text else None for field, text in texts.items()}


def rows_of_lines(file, reading, delimiter):
    """The rows that are not blank, from the header on, each with its first line and without its
    line end. A line break inside quotes is part of a row."""
    header_line = max(reading["header"], 1)
    # In the header, the delimiter is still to be found.
    delimiters = reading["delimiter"] or ",;\t"
    line, row, begun = 0, b"", 1
    above_rows = reading["header"] == 0
    for part in lines_of(file):
        row += part
        line += 1
        if len(row) > LONGEST_ROW:
            raise Broken("the input has a row of more than 1 MiB")
        # What stands above the header is no table: its quotes mean nothing.
        if line >= header_line and opens_quote(row, delimiters):
            continue
        row = row[:-1].rstrip(b"\r") if row.endswith(b"\n") else row
        is_comment = above_rows and row[:1] in (b"#", b"%")
        if line >= header_line and row.strip(b" \t\n\f\r") and not is_comment:
            above_rows = False
            yield begun, row
            delimiters = delimiter
        row, begun = b"", line + 1
    if row:
        raise Broken("the input opens a quote that is never closed")


def lines_of(file):
    """The lines of a text without its byte order mark."""
    line = file.readline(LONGEST_ROW + 1)
    if line.startswith(b"\xef\xbb\xbf"):
        line = line[3:]
    while line:
        yield line
        line = file.readline(LONGEST_ROW + 1)


def opens_quote(row, delimiters):
    """Whether a quote is open at the end: one opens only where a field begins."""
    is_open = False
    closed_at = None
    for quote in re.finditer(b'"', row):
        at = quote.start()
        if is_open:
            is_open, closed_at = False, at
        else:
            before = row[at - 1 : at].decode("latin-1")
            is_open = at == 0 or closed_at == at - 1 or before in delimiters
    return is_open


# Windows-1252 as browsers read it: the five bytes that it leaves open are control characters.
WINDOWS_1252 = "".join(
    bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)
)


def csv_fields(row, reading, delimiter):
    """The fields of a row, or None if they can't be told."""
    if b"\0" in row:
        return None
    if reading["encoding"] == "windows-1252":
        text = codecs.charmap_decode(row, "strict", WINDOWS_1252)[0]
    else:
        try:
            text = row.decode("utf-8")
        except UnicodeDecodeError:
            return None
    if delimiter == " ":
        # Several spaces are one, and those around the row are none.
        text = text.strip(" ")
    if '"' not in text:
        return re.split(" +", text) if delimiter == " " else text.split(delimiter)
    fields = []
    at = 0
    while True:
        if text[at : at + 1] == '"':
            match = re.compile(r'"((?:[^"]|"")*)"').match(text, at)
            if not match:
                return None
            fields.append(match.group(1).replace('""', '"'))
            at = match.end()
        else:
            end = text.find(delimiter, at)
            end = len(text) if end < 0 else end
            if '"' in text[at:end]:
                return None
            fields.append(text[at:end])
            at = end
        if at == len(text):
            return fields
        if text[at] != delimiter:
            return None
        while text[at] == delimiter:
            at += 1
            if delimiter != " ":
                break


class Number(str):
    """A JSON number as it is written."""


def json_rows(file, recipe):
    strong, weak = recipe.get("keys"), recipe.get("fallback_keys")
    if not isinstance(strong, dict) or not isinstance(weak, dict):
        raise Broken("result.json: recipe.keys are not as V3 asks")
    for line, text in enumerate(lines_of(file), 1):
        if len(text) > LONGEST_ROW:
            raise Broken("the input has a row of more than 1 MiB")
        text = text.strip(b" \t\n\f\r")
        if text:
            yield line, json_cells(text, strong, weak)


def json_cells(text, strong, weak):
    def constant(_):
        raise ValueError

    try:
        pairs = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=tuple,
            parse_int=Number,
            parse_float=Number,
            parse_constant=constant,
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, tuple) or not text.startswith(b"{"):
        return None
    found = {}
    for key, value in pairs:
        is_strong = key in strong
        field = strong[key] if is_strong else weak.get(key)
        if field in found:
            other, other_is_strong, _ = found[field]
            # Two keys of the same kind could both be the field.
            if other == key or other_is_strong == is_strong:
                return None
            if other_is_strong:
                continue
        if field is not None:
            found[field] = key, is_strong, value
    return {field: json_cell(field, value) for field, (_, _, value) in found.items()}


def json_cell(field, value):
    if value is None:
        return None
    if isinstance(value, Number):
        if "e" in value or "E" in value:
            return "bad", value
        return "text" if field in ("debtor", "creditor", "reference") else "number", str(value)
    if isinstance(value, str) and not re.search("[\ud800-\udfff]", value):
        text = value.strip(WHITE)
        return ("text", text) if text else None
    return "bad", ""


def sheet_rows(file, reading, recipe):
    """The rows of an XLSX workbook's sheet."""
    columns = columns_of(recipe)
    header_line = reading["header"]
    try:
        spooled = tempfile.TemporaryFile()
        shutil.copyfileobj(file, spooled)
        workbook = Workbook(spooled)
        header_seen = header_line == 0
        if reading["sheet"] not in (None, recipe.get("sheet")):
            raise Broken("result.json: recipe.sheet is not as V3 asks")
        for line, cells in workbook.rows(recipe.get("sheet")):
            if not header_seen:
                header_seen = line >= header_line
                header = [cells.get(place, ("", ""))[1] for place in range(max(cells) + 1)]
                if header_seen and not obeys(recipe, reading, header):
                    raise Broken("result.json: recipe.columns are not as V3 asks")
                continue
            row = {}
            for field, column in columns.items():
                cell = cells.get(column)
                if cell and cell[0] == "number" and field in ("debtor", "creditor", "reference"):
                    cell = ("text", cell[1])
                row[field] = cell
            yield line, row
    except (zipfile.BadZipFile, xml.etree.ElementTree.ParseError, KeyError, ValueError) as error:
        raise CannotRead(f"the workbook is not of a kind that this program reads ({error})") from None


class Workbook:
    MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
    PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
    # Number formats that every workbook has and that show a day.
    DAY_FORMATS = set(range(14, 23)) | set(range(27, 37)) | set(range(45, 48)) | set(range(50, 59))

    def __init__(self, file):
        self.zip = zipfile.ZipFile(file)
        self.texts = self.shared_texts()
        self.is_day = self.styles_of_days()

    def tree(self, part):
        return xml.etree.ElementTree.parse(self.zip.open(part)).getroot()

    def shared_texts(self):
        if "xl/sharedStrings.xml" not in self.zip.namelist():
            return []
        items = self.tree("xl/sharedStrings.xml").findall(self.MAIN + "si")
        return [self.text_of(item) for item in items]

    def text_of(self, item):
        """The text of an item in one piece, without the readings that East Asian ones may have."""
        runs = item.findall(self.MAIN + "t") + item.findall(f"{self.MAIN}r/{self.MAIN}t")
        return "".join(run.text or "" for run in runs)

    def styles_of_days(self):
        if "xl/styles.xml" not in self.zip.namelist():
            return []
        styles = self.tree("xl/styles.xml")
        days = set(self.DAY_FORMATS)
        for form in styles.iter(self.MAIN + "numFmt"):
            code = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", form.get("formatCode", ""))
            if re.search("[dmyhsDMYHS]", code):
                days.add(int(form.get("numFmtId")))
        cells = styles.find(self.MAIN + "cellXfs")
        return [int(style.get("numFmtId", 0)) in days for style in cells]

    def rows(self, sheet):
        book = self.tree("xl/workbook.xml")
        target = None
        for entry in book.iter(self.MAIN + "sheet"):
            if entry.get("name") == sheet:
                target = entry.get(self.OFFICE + "id")
        for relation in self.tree("xl/_rels/workbook.xml.rels").iter(self.PACKAGE + "Relationship"):
            if relation.get("Id") == target:
                part = relation.get("Target")
        part = part.lstrip("/") if part.startswith("/") else "xl/" + part
        properties = book.find(self.MAIN + "workbookPr")
        since_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        for _, row in xml.etree.ElementTree.iterparse(self.zip.open(part)):
            if row.tag == self.MAIN + "row":
                cells = {}
                for cell in row.findall(self.MAIN + "c"):
                    value = self.cell(cell, since_1904)
                    if value is not None:
                        cells[column_number(cell.get("r"))] = value
                if cells:
                    yield int(row.get("r")), cells
                row.clear()

    def cell(self, cell, since_1904):
        kind = cell.get("t", "n")
        value = cell.find(self.MAIN + "v")
        text = None if value is None else value.text
        if kind == "inlineStr":
            inline = cell.find(self.MAIN + "is")
            text = "" if inline is None else self.text_of(inline)
        elif text is None:
            return ("bad", "") if cell.find(self.MAIN + "f") is not None else None
        elif kind == "s":
            text = self.texts[int(text)]
        if kind in ("s", "str", "inlineStr"):
            text = text.strip(WHITE)
            return ("text", text) if text else None
        if kind == "d":
            return ("date", text[:10]) if is_day(text[:10]) else ("bad", text)
        if kind != "n":
            return "bad", text
        style = int(cell.get("s", 0))
        if style < len(self.is_day) and self.is_day[style]:
            return excel_day(float(text), since_1904)
        # A spreadsheet calculates in binary and shows 15 digits of what comes out.
        shown = format(decimal.Decimal(repr(float(f"{float(text):.14e}"))), "f")
        shown = shown[:-2] if shown.endswith(".0") else shown
        is_exact = len(shown.lstrip("-").partition(".")[0]) <= 15
        return ("number" if is_exact else "bad"), shown


def column_number(address):
    number = 0
    for letter in address.rstrip("0123456789"):
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def excel_day(serial, since_1904):
    if since_1904:
        serial += 1462
    elif serial < 60:
        # The 1900 system counts a day that never was.
        serial += 1
    try:
        found = datetime.date(1899, 12, 30) + datetime.timedelta(days=int(serial))
    except OverflowError:
        return "bad", ""
    return ("date", found.isoformat()) if 1900 <= found.year < 2200 else ("bad", "")


class Meaning:
    """What the cells of a file's rows mean."""

    def __init__(self, reading):
        self.reading = reading
        own = reading["currency"]
        self.own = None if own is None else parse_currency(own)
        # The decimal mark, and the order of day and month, that an earlier row used.
        self.mark = None
        self.order = None

    def obligation(self, line, cells):
        debtor = name(cells["debtor"])
        creditor = name(cells["creditor"])
        if debtor == creditor:
            raise Bad
        currency = self.currency(cells.get("currency"))
        amount = self.amount(cells.get("amount"), currency)
        if amount < 0:
            debtor, creditor, amount = creditor, debtor, -amount
        due = self.due(cells.get("due"))
        reference = cells.get("reference")
        reference = "" if reference is None else name(reference)
        return debtor, creditor, currency, amount, due, reference, self.weight(cells.get("weight"))

    def currency(self, cell):
        if cell is None:
            return self.own or ("XXX", 0)
        kind, text = cell
        if kind != "text":
            raise Bad
        if self.own and ascii_upper(text) == self.own[0]:
            return self.own
        code, decimals = parse_currency(text)
        if DECIMALS.get(code, decimals) != decimals:
            raise Bad
        return code, decimals

    def amount(self, cell, currency):
        kind, text = cell or ("bad", "")
        if kind == "number":
            negative, digits, scale = plain_number(text)
        elif kind == "text":
            negative, digits, scale = self.marked_number(without_label(text, currency[0]))
        else:
            raise Bad
        decimals = currency[1]
        while scale > decimals and digits % 10 == 0:
            digits, scale = digits // 10, scale - 1
        minor = digits * 10 ** max(decimals - scale, 0)
        if scale > decimals or minor > LARGEST_AMOUNT or minor == 0:
            raise Bad
        if negative != (self.reading["sign"] == "debt-negative"):
            minor = -minor
        if minor < 0 and self.reading["credit_notes"] != "reverse":
            raise Bad
        return minor

    def marked_number(self, text):
        """An amount as people write it, if that has one reading."""
        negative = False
        for minus in "-\u2212":
            if text.startswith(minus) or text.endswith(minus):
                text = text[1:] if text.startswith(minus) else text[:-1]
                text, negative = text.strip(WHITE), True
                break
        else:
            text = text[1:] if text.startswith("+") else text
        mark, before, behind = decimal_mark(text, self.reading["decimal"])
        before = without_thousands(before, mark)
        number = plain_number("-" * negative + before + (f".{behind}" if behind else ""))
        if mark is not None:
            if self.mark not in (None, mark):
                raise Bad
            self.mark = mark
        return number

    def due(self, cell):
        if cell is None:
            return ""
        kind, text = cell
        if kind == "date":
            return text
        found, order = None, None
        if kind == "text":
            found, order = read_day(text, self.reading["date_order"])
        if found is None or not 1900 <= found.year < 2200:
            raise Bad
        if order is not None:
            if self.order not in (None, order):
                raise Bad
            self.order = order
        return found.isoformat()

    def weight(self, cell):
        if self.reading["weights"] is None:
            return 1
        kind, text = cell or ("bad", "")
        if kind not in ("text", "number") or not re.fullmatch(r"\+?[0-9]{1,30}", text):
            raise Bad
        if not 1 <= int(text) <= MOST_WEIGHT:
            raise Bad
        return int(text)


# Signs that people write for currencies.
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "$": "AUD BBD BMD BND BSD BZD CAD FJD GYD HKD JMD KYD LRD NAD NZD SBD SGD SRD TTD TWD USD XCD",
    "¥": "CNY JPY",
    "zł": "PLN",
    "Kč": "CZK",
    "Ft": "HUF",
    "kr": "DKK ISK NOK SEK",
}


def without_label(text, code):
    """An amount without the code or sign of its row's currency before or behind it."""
    minus, text = (text[0], text[1:].lstrip(WHITE)) if text[:1] in ("-", "\u2212") else ("", text)
    letters = [at for at, c in enumerate(text) if c.isalpha() or c in "€£$¥"]
    length = len(letters)
    if letters == list(range(length)):
        label, bare = text[:length], text[length:]
    elif letters == list(range(len(text) - length, len(text))):
        label, bare = text[-length:], text[:-length]
    else:
        return minus + text
    if length and (ascii_upper(label) == code or code in SIGNS.get(label, "").split()):
        return minus + bare.strip(WHITE)
    return minus + text


def name(cell):
    """A name or a reference."""
    kind, text = cell or ("bad", "")
    if kind != "text" or len(text.encode("utf-8", "replace")) > 1000 or INVISIBLE.search(text):
        raise Bad
    return text


def ascii_upper(text):
    return re.sub("[a-z]+", lambda letters: letters.group().upper(), text)


def parse_currency(text):
    code, _, decimals = ascii_upper(text).partition(":")
    if decimals:
        if re.fullmatch(r"\+?0*[0-8]", decimals) and re.fullmatch("[A-Z0-9]{3,12}", code):
            return code, int(decimals)
    elif ":" not in text and code in DECIMALS:
        return code, DECIMALS[code]
    raise Bad


def plain_number(text):
    """Sign, digits and how many of them stand behind the point."""
    match = re.fullmatch(r"([+-]?)([0-9]+)(?:\.([0-9]{1,255}))?", text)
    if not match:
        raise Bad
    sign, whole, behind = match.group(1), match.group(2), match.group(3) or ""
    digits = (whole + behind).lstrip("0")
    if len(digits) > 30:
        raise Bad
    return sign == "-", int(digits or "0"), len(behind)


def decimal_mark(text, rule):
    """The decimal mark as far as it is known, and what stands before and behind it."""
    if rule is not None:
        before, found, behind = text.rpartition(rule)
        if not found:
            return rule, text, ""
        return rule, before, behind or refuse()
    points, commas = text.count("."), text.count(",")
    if points == commas == 0:
        return None, text, ""
    if points + commas == 1:
        mark = "." if points else ","
        before, _, behind = text.partition(mark)
        # 1.234 has two readings.
        if re.fullmatch("[1-9][0-9]{0,2}", before) and re.fullmatch("[0-9]{3}", behind):
            raise Bad
        return mark, before, behind or refuse()
    if commas == 0:
        return ",", text, ""
    if points == 0:
        return ".", text, ""
    mark = "." if text.rfind(".") > text.rfind(",") else ","
    before, _, behind = text.rpartition(mark)
    return mark, before, behind or refuse()


def refuse():
    raise Bad


def without_thousands(text, mark):
    """A whole number without the marks between groups of three, which must be of one kind."""
    spaces = " \xa0\u202f\u2009"
    for marks in (spaces, "'", "\u2019", ".", ","):
        if marks != mark and any(character in text for character in marks):
            groups = re.split(f"[{re.escape(marks)}]", text)
            if not re.fullmatch("[0-9]{1,3}", groups[0]):
                raise Bad
            if not all(re.fullmatch("[0-9]{3}", group) for group in groups[1:]):
                raise Bad
            return "".join(groups)
    return text


def day(year, month, day_of_month):
    if len(month) > 2 or len(day_of_month) > 2:
        return None
    try:
        return datetime.date(int(year), int(month), int(day_of_month))
    except ValueError:
        return None


def read_day(text, order):
    """A day as people write it and the order it shows, if that has one reading."""
    time = re.search("[T ]", text)
    if time and not re.fullmatch("[0-9:.+ZAPM -]{4,}", text[time.end() :]):
        return None, None
    text = text[: time.start()] if time else text
    if re.fullmatch("[0-9]{8}", text):
        return day(text[:4], text[4:6], text[6:]), None
    match = re.fullmatch(r"([0-9]+)([-/.])([0-9]+)\2([0-9]+)", text)
    if not match:
        return None, None
    a, b, c = match.group(1, 3, 4)
    if len(a) == 4:
        return day(a, b, c), None
    if len(c) != 4:
        return None, None
    day_first, month_first = day(c, b, a), day(c, a, b)
    if order in ("dmy", "mdy"):
        return (day_first if order == "dmy" else month_first), None
    if day_first and month_first:
        return (day_first if day_first == month_first else None), None
    return day_first or month_first, "dmy" if day_first else "mdy"


# --------------------------------------------------------------- V4 to V6, V8: rows and their sums


class Book:
    """What the rows of one clearing, or of one currency, add up to."""

    def __init__(self, currency):
        self.code, self.decimals = currency
        self.rows = self.gross = self.discharged = self.weighted = 0
        self.members = {}
        self.pairs = {}
        # Amount and discharges by weight.
        self.classes = {}
        # By class, how much more the gains ask for than there is, times the gain: V16.
        self.missed = {}
        # (number in discharges.csv, debtor, creditor, weight, amount, discharged, turn, is free)
        self.kept = []

    def add(self, debtor, creditor, weight, amount, discharged, turn):
        self.rows += 1
        self.gross += amount
        self.discharged += discharged
        self.weighted += weight * discharged
        owing = self.members.setdefault(debtor, Member())
        owing.owing += amount
        owing.relieved += discharged
        owed = self.members.setdefault(creditor, Member())
        owed.owed += amount
        owed.given_up += discharged
        pair = self.pairs.get((debtor, creditor))
        if pair is None:
            pair = self.pairs[debtor, creditor] = Pair()
        pair.amount += amount
        pair.discharged += discharged
        of_class = self.classes.setdefault(weight, [0, 0])
        of_class[0] += amount
        of_class[1] += discharged
        if discharged > 0 and (pair.last_discharged is None or turn > pair.last_discharged):
            pair.last_discharged = turn
        if discharged < amount:
            pair.open += 1
            if pair.first_open is None or turn < pair.first_open:
                pair.first_open = turn

    def money(self, minor):
        return money(minor, self.decimals)


class Member:
    __slots__ = ("owed", "owing", "given_up", "relieved")

    def __init__(self):
        self.owed = self.owing = self.given_up = self.relieved = 0

    def net(self):
        return self.owed - self.owing


class Pair:
    # `free` is the amount of the rows of gain 0, and `freed` what of it is discharged.
    __slots__ = ("amount", "discharged", "open", "last_discharged", "first_open", "free", "freed")

    def __init__(self):
        self.amount = self.discharged = self.open = self.free = self.freed = 0
        self.last_discharged = self.first_open = None


class Rows:
    """Compares the input with discharges.csv and rejected.csv, row by row, and adds up."""

    HEADER = (
        "file line reference debtor creditor currency due weight amount discharged outstanding "
        "unit_amount unit_discharged"
    ).split()
    REJECTED = (
        "file line column found problem debtor creditor amount currency due reference weight row"
    ).split()

    def __init__(self, folder, terms, potentials, stopped, findings):
        self.terms, self.potentials, self.findings = terms, potentials, findings
        # The codes of the clearings whose certificates state a gap.
        self.stopped = stopped
        header = self.HEADER if terms.unit else self.HEADER[:11]
        self.discharges = read_table(folder, "discharges.csv", header)
        self.row = next(self.discharges, None)
        self.rejected = iter(())
        if terms.rejected:
            self.rejected = read_table(folder, "rejected.csv", self.REJECTED)
        self.reject = next(self.rejected, None)
        self.left_out = 0
        # How many rows of discharges.csv are compared.
        self.met = 0
        self.documents = {}
        self.decimals = {}
        self.currencies = {}
        self.unit = Book(terms.unit) if terms.unit else None

    @staticmethod
    def place(row):
        return row and (number(row[1][0]), number(row[1][1]))

    def meet(self, place, obligation):
        """Meets the next row of the input; None is a bad one."""
        where = f"input {place[0]}, line {place[1]}"
        document = amount = None
        if obligation:
            debtor, creditor, (code, decimals), amount, _, reference, _ = obligation
            document = (debtor, creditor, reference)
            if self.decimals.setdefault(code, decimals) != decimals:
                obligation = None
        if self.place(self.reject) == place:
            self.reject = next(self.rejected, None)
            self.left_out += 1
            if obligation:
                self.documents.setdefault(document, (where, set()))[1].add((amount, code))
            return
        if obligation and reference and document in self.documents:
            self.findings.add(f"rejected.csv: {where} is not there as others of its document (V5)")
        if obligation is None:
            if self.left_out < MOST_REJECTED:
                self.findings.add(f"rejected.csv: {where} is a bad row and is not there (V5)")
            self.left_out += 1
            return
        while self.row and None not in self.place(self.row) and self.place(self.row) < place:
            self.findings.add(f"discharges.csv:{self.row[0]}: the input has no such row (V4)")
            self.row = next(self.discharges, None)
        if self.place(self.row) != place:
            self.findings.add(f"discharges.csv: {where} is missing (V4)")
            return
        self.compare(place, obligation)
        self.row = next(self.discharges, None)

    def end(self):
        while self.row:
            self.findings.add(f"discharges.csv:{self.row[0]}: the input has no such row (V4)")
            self.row = next(self.discharges, None)
        while self.reject:
            self.findings.add(f"rejected.csv:{self.reject[0]}: the input has no such bad row (V5)")
            self.reject = next(self.rejected, None)
        for (_, _, reference), (where, amounts) in self.documents.items():
            if not reference or len(amounts) == 1:
                self.findings.add(f"rejected.csv: {where} is left out, but is good (V5)")
        if self.left_out != self.terms.rejected:
            self.findings.add(f"result.json: rejected is not {self.left_out} (V5)")

    def take_as_they_stand(self, file):
        """Where an input can't be read again, its rows are compared with nothing."""
        while self.row and self.place(self.row)[0] == file:
            _, line, reference, debtor, creditor, code, due, weight, amount = self.row[1][:9]
            decimals = len(amount.partition(".")[2])
            minor, weight = minor_units(amount, decimals), number(weight)
            if not minor or not weight or decimals > 8 or number(line) is None:
                raise Broken(f"discharges.csv:{self.row[0]}: is no obligation (V4)")
            place, currency = (file, number(line)), (code, decimals)
            self.compare(place, (debtor, creditor, currency, minor, due, reference, weight))
            self.row = next(self.discharges, None)
        while self.reject and self.place(self.reject)[0] == file:
            self.left_out += 1
            self.reject = next(self.rejected, None)

    def compare(self, place, obligation):
        line, fields = self.row
        self.met += 1
        found = dict(zip(self.HEADER, fields))
        debtor, creditor, currency, amount, due, reference, own_weight = obligation
        code, decimals = currency
        weight = self.terms.weight(due, own_weight)

        def expect(column, text):
            if found[column] != text:
                words = f"discharges.csv:{line}: {column} is {short(found[column])}"
                self.findings.add(f"{words}, expected {short(text)}")

        def within(column, decimals, most):
            minor = minor_units(found[column], decimals)
            if minor is not None and minor <= most:
                return minor
            words = f"discharges.csv:{line}: {column} is {short(found[column])}"
            self.findings.add(f"{words}, expected 0 to {money(most, decimals)} (V6)")
            return 0

        expect("reference", reference)
        expect("debtor", debtor)
        expect("creditor", creditor)
        expect("currency", code)
        expect("due", due)
        expect("weight", str(weight))
        expect("amount", money(amount, decimals))
        discharged = within("discharged", decimals, amount)
        expect("outstanding", money(amount - discharged, decimals))

        if code not in self.currencies:
            self.currencies[code] = Book(currency)
        book = self.currencies[code]
        turn = (-weight, due == "", due, reference, amount, code, place)
        book.add(debtor, creditor, weight, amount, discharged, turn)
        if self.terms.unit is None:
            self.judge(line, debtor, creditor, weight, amount, discharged, book, turn)
            return
        if currency not in self.terms.rates:
            self.findings.add(f"result.json: has no rate of {code} (V2)")
            return
        numerator, denominator = self.terms.rates[currency]
        capacity = amount * numerator // denominator
        unit_code, unit_decimals = self.terms.unit
        if capacity > LARGEST_AMOUNT:
            self.findings.add(f"discharges.csv:{line}: is over 2^62 in the unit (V6)")
        expect("unit_amount", money(capacity, unit_decimals))
        flow = within("unit_discharged", unit_decimals, capacity)
        back = amount if flow == capacity > 0 else flow * denominator // numerator
        expect("discharged", money(back, decimals))
        if capacity > 0:
            self.unit.add(debtor, creditor, weight, capacity, flow, turn)
            self.judge(line, debtor, creditor, weight, capacity, flow, self.unit, turn)

    # ------------------------------------------------------------------------------------- V7

    def keep(self, debtor, creditor, weight, capacity, flow, turn, book, is_free):
        book.kept.append((self.met, debtor, creditor, weight, capacity, flow, turn, is_free))

    def judge(self, line, debtor, creditor, weight, capacity, flow, book, turn):
        """Asks of one row what makes the whole optimal."""
        if self.terms.mode == "bilateral":
            return
        gain, of_class = 1, None
        if self.terms.mode == "set-off":
            if self.terms.whole:
                if 0 < flow < capacity:
                    self.findings.add(f"discharges.csv:{line}: is discharged in part (V15)")
                self.keep(debtor, creditor, weight, capacity, flow, turn, book, True)
                return
            # The first gain that is not 0 decides, class before class.
            for of_class, levels in self.potentials.get(book.code, []):
                if debtor not in levels or creditor not in levels:
                    return  # V13 says so.
                counts = weight if of_class is None else int(weight == of_class)
                gain = counts + levels[debtor] - levels[creditor]
                if gain:
                    break
            if book.code in self.stopped:
                missed = capacity - flow if gain > 0 else flow
                book.missed[of_class] = book.missed.get(of_class, 0) + abs(gain) * missed
                return
            if gain == 0:
                pair = book.pairs[debtor, creditor]
                pair.free += capacity
                pair.freed += flow
            if self.terms.searched:
                self.keep(debtor, creditor, weight, capacity, flow, turn, book, gain == 0)
        if gain > 0 and flow < capacity:
            self.findings.add(f"discharges.csv:{line}: must be discharged whole (V7)")
        if gain < 0 and flow > 0:
            self.findings.add(f"discharges.csv:{line}: must not be discharged (V7)")

    def clearings(self):
        if self.unit:
            return [self.unit] if self.currencies else []
        return [self.currencies[code] for code in sorted(self.currencies)]


def check_sums(terms, book, findings):
    """V7, conservation, and V8, order."""
    if terms.mode == "set-off":
        for who, member in book.members.items():
            if member.given_up != member.relieved:
                findings.add(f"discharges.csv: {book.code}: {short(who)} gives up another sum than it is relieved of (V7)")
    for (debtor, creditor), pair in book.pairs.items():
        between = f"{book.code}, {short(debtor)} to {short(creditor)}"
        if terms.mode == "bilateral":
            back = book.pairs.get((creditor, debtor))
            if pair.discharged != min(pair.amount, back.amount if back else 0):
                findings.add(f"discharges.csv: {between}: not the smaller of both sums (V7)")
        if terms.whole:
            continue  # Which ones go is what the search is about.
        if pair.last_discharged and pair.first_open and pair.first_open < pair.last_discharged:
            findings.add(f"discharges.csv: {between}: discharged out of turn (V8)")


# ------------------------------------------------------------------- V9 to V11: the other tables


def expect_rows(folder, name, header, expected, findings, rule):
    """Compares a file with the rows that it must have."""
    rows = read_table(folder, name, header)
    for found, wanted in itertools.zip_longest(rows, expected):
        if found is None:
            findings.add(f"{name}: lacks the row {short(','.join(wanted))} ({rule})")
            return
        line, fields = found
        if fields != wanted:
            wanted = "the end" if wanted is None else short(",".join(wanted))
            findings.add(f"{name}:{line}: is {short(','.join(fields))}, expected {wanted} ({rule})")


def positions(terms, clearings):
    for book in clearings:
        others = {
            who: member.net() for who, member in book.members.items() if who != terms.centre
        }
        for who in sorted(book.members):
            member = book.members[who]
            net = member.net()
            if terms.mode != "novation":
                set_off = member.relieved
                owed, owing = member.owed - member.given_up, member.owing - member.relieved
            else:
                set_off = min(member.owed, member.owing)
                owed, owing = max(net, 0), max(-net, 0)
                if who == terms.centre:
                    owed = sum(max(-other, 0) for other in others.values())
                    owing = sum(max(other, 0) for other in others.values())
            sums = (member.owed, member.owing, net, set_off, owed, owing, owed - owing)
            yield [who, book.code, *map(book.money, sums)]


def payments(terms, rows):
    """(currency code, decimals, payer, payee, amount, obligations), sorted."""
    found = []
    if terms.mode == "novation":
        for book in rows.clearings():
            for who, member in book.members.items():
                net = member.net()
                if who != terms.centre and net:
                    parties = (who, terms.centre) if net < 0 else (terms.centre, who)
                    found.append((book.code, book.decimals, *parties, abs(net), 0))
    else:
        for book in rows.currencies.values():
            for parties, pair in book.pairs.items():
                if pair.open:
                    left = pair.amount - pair.discharged
                    found.append((book.code, book.decimals, *parties, left, pair.open))
    return sorted(found)


def check_circles(folder, terms, clearings, findings):
    """V11. Returns how many circles there are and the longest, by currency code."""
    left = {}
    for book in clearings:
        for (debtor, creditor), pair in book.pairs.items():
            left[book.code, debtor, creditor] = pair.discharged
        if terms.mode == "novation":
            for who, member in book.members.items():
                net = member.net()
                if who != terms.centre and net:
                    parties = (who, terms.centre) if net > 0 else (terms.centre, who)
                    key = (book.code, *parties)
                    left[key] = left.get(key, 0) + abs(net)
    decimals = {book.code: book.decimals for book in clearings}
    counted = {}
    circle, steps, debtors, last, first = 0, 0, set(), None, None
    of_circle = None

    def close():
        if circle == 0:
            return
        if last != first or (terms.mode == "bilateral" and steps != 2):
            raise Broken(f"circles.csv: circle {circle} is not closed as it must be (V11)")
        number_of, longest = counted.get(of_circle[0], (0, 0))
        counted[of_circle[0]] = (number_of + 1, max(longest, steps))

    header = ["circle", "step", "debtor", "creditor", "currency", "amount"]
    for line, (which, step, debtor, creditor, code, amount) in read_table(
        folder, "circles.csv", header
    ):
        wrong = Broken(f"circles.csv:{line}: is not a step that can stand here (V11)")
        if number(which) == circle + 1 and step == "1":
            close()
            circle, steps, debtors, first, of_circle = circle + 1, 1, set(), debtor, (code, amount)
        elif number(which) == circle > 0 and number(step) == steps + 1:
            if debtor != last or of_circle != (code, amount):
                raise wrong
            steps += 1
        else:
            raise wrong
        minor = minor_units(amount, decimals[code]) if code in decimals else None
        key = (code, debtor, creditor)
        if not minor or debtor in debtors or left.get(key, 0) < minor:
            raise wrong
        left[key] -= minor
        debtors.add(debtor)
        last = creditor
    close()
    for key, minor in left.items():
        if minor:
            findings.add(f"circles.csv: {short(key)}: {minor} minor units are in no circle (V11)")
    return counted


# ------------------------------------------------------------------------- V12, V13: the figures


def figure_of(book):
    return lambda minor: {"amount": book.money(minor), "minor": str(minor)}


def classes_of(book, figure):
    """What is cleared of each class, the largest weight first."""
    return [
        {"weight": weight, "cleared": figure(book.classes[weight][1])}
        for weight in sorted(book.classes, reverse=True)
    ]


def figures(book, members, cleared, left):
    both = figure_of(book)
    rate = cleared * 1_000_000 // book.gross if book.gross else 0
    return {
        "currency": book.code,
        "decimals": book.decimals,
        "obligations": book.rows,
        "members": members,
        "gross": both(book.gross),
        "cleared": both(cleared),
        "residual": both(book.gross - cleared),
        "rate": f"{rate // 1_000_000}.{rate % 1_000_000:06}",
        "payments_before": len(book.pairs),
        "payments": len(left),
        "payment_volume": both(sum(left)),
        "largest_payment": both(max(left, default=0)),
    }


def cleared_of(terms, book):
    if terms.mode == "novation":
        return book.gross - sum(max(-member.net(), 0) for member in book.members.values())
    return book.discharged


def stated_classes(book, gaps):
    """The classes as result.json has them: with the gaps that the certificate states."""
    classes = classes_of(book, figure_of(book))
    for part, gap in zip(classes, gaps or []):
        if gap is not None:
            part["gap"] = gap
    return classes


def expected_figures(terms, rows, paid, circles, stated, gaps):
    """The parts of result.json that follow from the rest."""

    def left_in(code):
        return [payment[4] for payment in paid if payment[0] == code]

    clearings = []
    for book in rows.clearings():
        left = left_in(book.code)
        if terms.unit and terms.mode != "novation":
            left = [pair.amount - pair.discharged for pair in book.pairs.values() if pair.open]
        number_of, longest = circles.get(book.code, (0, 0))
        clearings.append(
            {
                **figures(book, len(book.members), cleared_of(terms, book), left),
                "weighted": str(book.weighted),
                **({"classes": stated_classes(book, gaps.get(book.code))} if terms.classes else {}),
                **stated.get(book.code, {}),
                "circles": number_of,
                "longest_circle": longest,
            }
        )
    currencies = []
    for code in sorted(rows.currencies):
        book = rows.currencies[code]
        cleared = book.discharged if terms.unit else cleared_of(terms, book)
        currencies.append(figures(book, len(book.members), cleared, left_in(code)))
    return {"currencies": currencies, "clearings": clearings}


def compare(path, found, expected, unknown, findings):
    """Compares JSON values; fields beyond the expected are not known."""
    if isinstance(found, dict) and isinstance(expected, dict):
        for field, value in expected.items():
            if field in found:
                compare(f"{path}.{field}", found[field], value, unknown, findings)
            else:
                findings.add(f"result.json: {path}.{field} is missing (V12)")
        unknown.extend(f"{path}.{field}" for field in found if field not in expected)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for place, (one, other) in enumerate(zip(found, expected)):
            compare(f"{path}[{place}]", one, other, unknown, findings)
    elif type(found) is not type(expected) or found != expected:
        findings.add(f"result.json: {path} is {short(found)}, expected {short(expected)} (V12)")


def known_terms(result):
    """The fields that others are checked by: taken as they stand, unknown ones left out."""
    kept = {"format": None, "mode": None, "centre": None, "seed": None, "as_of": None}
    kept.update({"among": None, "whole": None, "weights": None, "reading": None, "rejected": None})
    known = {field: result[field] for field in kept}
    fields = ("name", "sha256", "bytes", "rows", "recipe")
    known["inputs"] = [{field: claimed[field] for field in fields} for claimed in result["inputs"]]
    known["unit"] = None
    if result["unit"] is not None:
        fields = ("currency", "decimals", "source", "rate_date")
        known["unit"] = {field: result["unit"][field] for field in fields}
        fields = ("currency", "decimals", "numerator", "denominator")
        known["unit"]["rates"] = [
            {field: rate[field] for field in fields} for rate in result["unit"]["rates"]
        ]
    return known


def every_levels(clearing):
    """All that must be levels in a clearing of the certificate; something else if it is broken."""
    if "potentials" in clearing:
        yield clearing["potentials"]
    for field, fields in ("classes", {"weight", "cleared", "potentials"}), ("fair", {"owed", "owing"}):
        parts = clearing.get(field, [])
        for part in parts if isinstance(parts, list) else [None]:
            if not isinstance(part, dict) or set(part) - {"gap"} != fields:
                yield None
            elif not isinstance(part.get("gap", ""), str) or field == "fair" and "gap" in part:
                yield None
            elif field == "classes":
                yield part["potentials"] if is_whole(part["weight"]) else None
            else:
                yield from part.values()


def is_levels(levels):
    return isinstance(levels, dict) and all(
        is_whole(level) and -(1 << 63) <= level < 1 << 63 for level in levels.values()
    )


def read_certificate(folder):
    certificate = read_json(folder, "certificate.json", 1 << 30)
    common = {"currency", "decimals", "gross", "cleared", "weighted"}
    holds = isinstance(certificate, dict) and set(certificate) == {"format", "mode", "clearings"}
    holds = holds and isinstance(certificate["clearings"], list)
    for clearing in certificate["clearings"] if holds else ():
        more = {"potentials", "gap", "classes", "fair", "whole", "fewest"}
        holds = holds and isinstance(clearing, dict) and set(clearing) - more == common
        holds = holds and isinstance(clearing.get("gap", ""), str)
        holds = holds and all(map(is_levels, every_levels(clearing)))
        holds = holds and is_search(clearing)
    if not holds:
        raise Broken("certificate.json: does not have the fields that V13 asks for")
    return certificate


def is_search(clearing):
    """Whether the proofs of searches, if there are any, have their fields."""

    def is_list(levels):
        return isinstance(levels, list) and all(
            is_whole(level) and -(1 << 63) <= level < 1 << 63 for level in levels
        )

    def is_node(node):
        if not isinstance(node, dict) or len(node) != 1:
            return False
        ((kind, value),) = node.items()
        if "whole" in clearing:
            known = {"split": is_whole, "bound": is_list, "none": is_list}
            known["unbalanced"] = lambda name: isinstance(name, str)
            return kind in known and known[kind](value)
        if kind == "split" and isinstance(value, dict) and set(value) == {"debtor", "creditor", "whole"}:
            names = isinstance(value["debtor"], str) and isinstance(value["creditor"], str)
            return names and is_whole(value["whole"])
        if kind == "bound" and isinstance(value, dict) and set(value) == {"scale", "potentials"}:
            scale = value["scale"]
            return is_whole(scale) and 0 <= scale < 1 << 64 and is_list(value["potentials"])
        return False

    for field, fields in ("whole", {"bound", "proof"}), ("fewest", {"whole", "bound", "proof"}):
        if field in clearing:
            found = clearing[field]
            if not isinstance(found, dict) or set(found) != fields:
                return False
            if not isinstance(found["proof"], list) or not all(map(is_node, found["proof"])):
                return False
            if field == "whole" and not isinstance(found["bound"], str):
                return False
            if field == "fewest" and not (is_whole(found["whole"]) and is_whole(found["bound"])):
                return False
    return True


def stated_of(certified):
    """What result.json must repeat of a search, or of the gap."""
    if "gap" in certified:
        return {"gap": certified["gap"]}
    if "whole" in certified:
        return {"weighted_bound": certified["whole"]["bound"]}
    if "fewest" in certified:
        fewest = certified["fewest"]
        return {"whole_obligations": fewest["whole"], "whole_obligations_bound": fewest["bound"]}
    return {}


def gaps_of(clearing):
    """The gaps that the certificate states, class by class; a single one if there are no classes."""
    return [part.get("gap") for part in clearing.get("classes", [clearing])]


def check_gaps(terms, book, certified, findings):
    """V16."""
    gaps = gaps_of(certified)
    if "gap" not in certified and not any(gap is not None for gap in gaps):
        return
    searched = terms.whole or terms.among != "default"
    if terms.mode != "set-off" or searched or "gap" in certified and "classes" in certified:
        findings.add(f"certificate.json: {book.code}: gap must not be there (V16)")
        return
    expected, is_first = [], True
    for of_class, _ in levels_by_class(certified):
        missed = book.missed.get(of_class, 0)
        expected.append(str(missed) if is_first and missed else None)
        is_first = is_first and not missed
    if gaps != expected:
        findings.add(
            f"certificate.json: {book.code}: gap is {short(gaps)}, expected {short(expected)} (V16)"
        )


def levels_by_class(clearing):
    """(the weight of its rows, levels) of each class, the first first; a single one if there are
    no classes."""
    if "potentials" in clearing:
        return [(None, clearing["potentials"])]
    return [(part["weight"], part["potentials"]) for part in clearing.get("classes", [])]


def check_certificate(terms, certificate, clearings, findings):
    wanted = ("setoff-certificate/1", terms.mode, len(clearings))
    if (certificate["format"], certificate["mode"], len(certificate["clearings"])) != wanted:
        findings.add("certificate.json: its format, mode or number of clearings is wrong (V13)")
    for certified, book in zip(certificate["clearings"], clearings):
        expected = {
            "currency": book.code,
            "decimals": book.decimals,
            "gross": str(book.gross),
            "cleared": str(cleared_of(terms, book)),
            "weighted": str(book.weighted),
        }
        for field, value in expected.items():
            if certified[field] != value or type(certified[field]) is not type(value):
                findings.add(
                    f"certificate.json: {book.code}: {field} is {short(certified[field])}, "
                    f"expected {short(value)} (V13)"
                )
        wanted = {
            "potentials": terms.mode == "set-off" and not terms.classes and not terms.whole,
            "classes": terms.classes,
            "fair": terms.among == "fair",
            "whole": terms.whole,
            "fewest": terms.among == "fewest",
        }
        for field, is_wanted in wanted.items():
            if (field in certified) != is_wanted:
                must = "must" if is_wanted else "must not"
                findings.add(f"certificate.json: {book.code}: {field} {must} be there (V13)")
        if "classes" in certified:
            found = [(part["weight"], part["cleared"]) for part in certified["classes"]]
            if found != [(part["weight"], part["cleared"]) for part in classes_of(book, str)]:
                findings.add(f"certificate.json: {book.code}: classes are not as V13 asks")
        if any(levels.keys() != book.members.keys() for levels in every_levels(certified)):
            findings.add(f"certificate.json: {book.code}: not one potential a member (V13)")


# ------------------------------------------------------------------------ V14: the most even shares

PARTS = 1_000_000
MOST_DRAWS = 64


def check_fair(terms, book, steps, findings):
    """Follows the steps of the rule of V14; each leaves less open than the one before."""
    places = {who: place for place, who in enumerate(sorted(book.members))}
    spans = {who: (0, member.owing) for who, member in book.members.items()}
    free = {between for between, pair in book.pairs.items() if pair.free}
    rounds = 0
    for number_of, step in enumerate(steps, 1):
        owed, owing = step["owed"], step["owing"]
        if owed.keys() != book.members.keys() or owing.keys() != book.members.keys():
            return  # V13 says so.
        taking_part = {who for between in free for who in between}
        wide = any(high - low > 1 for low, high in map(spans.get, taking_part))
        prices = number_of == 1 or wide
        rounds += not prices
        if is_settled(book, free, spans) or rounds > MOST_DRAWS:
            findings.add(f"certificate.json: {book.code}: fair goes on where one is left (V14)")
            return
        for debtor, creditor in sorted(free):
            pair = book.pairs[debtor, creditor]
            gain = owing[debtor] - owed[creditor]
            if not prices:
                gain -= draw(terms.seed, rounds - 1, places[debtor], places[creditor])
            if gain:
                free.remove((debtor, creditor))
                if pair.freed != (pair.free if gain > 0 else 0):
                    between = f"{short(debtor)} to {short(creditor)}"
                    findings.add(f"certificate.json: {book.code}: fair, step {number_of}: {between} (V14)")
        for who in taking_part:
            low, high = spans[who]
            worth = owed[who] - owing[who] + (PARTS if number_of == 1 else 0)
            if prices:
                # The sums at which all units that cost less are taken and none that costs more.
                ends = [min(max(price, 0), PARTS) for price in (worth, worth + 1)]
                spans[who] = tuple(low - price * (low - high) // PARTS for price in ends)
            elif worth:
                spans[who] = (high, high) if worth > 0 else (low, low)
            if not spans[who][0] <= book.members[who].relieved <= spans[who][1]:
                findings.add(f"certificate.json: {book.code}: fair, step {number_of}: {short(who)} (V14)")
    if rounds < MOST_DRAWS and not is_settled(book, free, spans):
        findings.add(f"certificate.json: {book.code}: fair ends where several are left (V14)")


def draw(seed, round_of, debtor, creditor):
    def mixed(state):
        state = (state + 0x9E3779B97F4A7C15) % 2**64
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB % 2**64
        return state ^ (state >> 31)

    state = 0
    words = [int.from_bytes(seed[place : place + 8], "little") for place in range(0, 32, 8)]
    for word in [*words, round_of, debtor, creditor]:
        state = mixed(state) ^ word
    return mixed(state) >> 45


def is_settled(book, free, spans):
    """Whether no circle of changes is left. Each member has two halves; what can change both ways
    must join them to trees, and what can change one way must lead in no circle between the trees."""
    changes = [
        (("out", debtor), ("in", creditor), pair.freed < pair.free, pair.freed > 0)
        for (debtor, creditor), pair in ((between, book.pairs[between]) for between in free)
    ]
    for who in {who for between in free for who in between}:
        (low, high), sum_of = spans[who], book.members[who].relieved
        changes.append((("in", who), ("out", who), sum_of < high, sum_of > low))
    above = {}

    def root(node):
        while node in above:
            above[node] = node = above.get(above[node], above[node])
        return node

    for start, end, more, less in changes:
        if more and less:
            if root(start) == root(end):
                return False
            above[root(start)] = root(end)
    leads_to, coming = {}, {}
    for start, end, more, less in changes:
        if more != less:
            start, end = (root(start), root(end)) if more else (root(end), root(start))
            leads_to.setdefault(start, []).append(end)
            coming[end] = coming.get(end, 0) + 1
            coming.setdefault(start, 0)
    ready = [tree for tree, count in coming.items() if count == 0]
    for tree in ready:
        for end in leads_to.get(tree, []):
            coming[end] -= 1
            if coming[end] == 0:
                ready.append(end)
    return len(ready) == len(coming)


# ------------------------------------------------------------- V15: what a search says can't be beaten


def check_search(terms, book, certified, findings):
    """Walks through the search and compares the bound that it shows with the one stated."""
    names = sorted(book.members)
    try:
        if terms.whole and "whole" in certified:
            search, stated = WholeSearch(book, names), certified["whole"]
            check_turns(book)
            bound = max(book.weighted, walk(search, stated["proof"]))
            right = stated["bound"] == str(bound)
        elif not terms.whole and "fewest" in certified:
            search, stated = FewestSearch(book, names), certified["fewest"]
            counted = sum(row[4] == row[5] for row in book.kept)
            bound = max(counted, walk(search, stated["proof"]))
            right = (stated["whole"], stated["bound"]) == (counted, bound)
        else:
            return  # V13 says so.
    except Broken as broken:
        findings.add(f"certificate.json: {book.code}: {broken} (V15)")
        return
    if not right:
        findings.add(f"certificate.json: {book.code}: the search shows the bound {bound} (V15)")


def check_turns(book):
    """V8 for whole rows: among those that are alike the first ones go."""
    left = set()
    for row in sorted(book.kept, key=lambda row: row[6]):
        alike, discharged = row[1:5], row[5]
        if discharged and alike in left:
            raise Broken(f"row {row[0]} of discharges.csv is discharged out of turn")
        if not discharged:
            left.add(alike)


def walk(search, proof):
    """The most that any end of the search allows. A split is followed by its two parts."""
    most, at = float("-inf"), 0
    todo = [None]
    while todo:
        decide = todo.pop()
        if decide is not None:
            decide()
            continue
        if at == len(proof):
            raise Broken("the search ends too early")
        ((kind, value),) = proof[at].items()
        at += 1
        if kind == "split":
            first, second, undo = search.split(value)
            todo += [undo, None, second, None, first]
        else:
            most = max(most, search.end(kind, value))
    if at != len(proof):
        raise Broken("the search goes on behind its end")
    return most


def worth(levels, places, debtor, creditor):
    if len(levels) != len(places):
        raise Broken("the search has not one potential a member")
    return levels[places[debtor]] - levels[places[creditor]]


class WholeSearch:
    """Each row is discharged (True), is not (False), or is still open (None)."""

    def __init__(self, book, names):
        self.places = {who: place for place, who in enumerate(names)}
        self.rows = {row[0]: row for row in book.kept}
        self.decided = dict.fromkeys(self.rows)

    def split(self, row):
        if row not in self.decided or self.decided[row] is not None:
            raise Broken(f"row {row} can't be split")
        ways = (False, True, None)
        return tuple(lambda way=way: self.decided.__setitem__(row, way) for way in ways)

    def end(self, kind, value):
        if kind == "unbalanced":
            owing, owed = self.sums(1, value), self.sums(2, value)
            if owing is None or owed is None or owing & owed:
                raise Broken(f"{short(value)} is not shown to be unbalanced")
            return float("-inf")
        most = 0
        for row, (_, debtor, creditor, weight, amount, *_) in self.rows.items():
            counts = weight if kind == "bound" else 0
            if self.decided[row] is not False:
                gain = (counts + worth(value, self.places, debtor, creditor)) * amount
                most += gain if self.decided[row] else max(gain, 0)
        if kind == "none" and most >= 0:
            raise Broken("a part of the search is not shown to be empty")
        return most if kind == "bound" else float("-inf")

    def sums(self, side, who):
        """All sums of whole rows on one side of a member; None if there are too many."""
        sums = {0}
        for row, found in self.rows.items():
            if found[side] == who and self.decided[row] is not False:
                more = {sum_of + found[4] for sum_of in sums}
                sums = more if self.decided[row] else sums | more
                if len(sums) > 1 << 16:
                    return None
        return sums


class FewestSearch:
    """Each pair's sum of rows of gain 0 is between two bounds; the rows go in their turn."""

    def __init__(self, book, names):
        self.places = {who: place for place, who in enumerate(names)}
        self.fixed, self.steps, rows = 0, {}, {}
        # What the rows whose gain is not 0 add to every sum over all rows.
        self.beside = []
        for _, debtor, creditor, _, amount, discharged, turn, is_free in book.kept:
            if is_free:
                rows.setdefault((debtor, creditor), []).append((turn, amount))
            else:
                self.fixed += discharged == amount
                self.beside.append((debtor, creditor, discharged))
        for between, found in rows.items():
            self.steps[between] = list(itertools.accumulate(amount for _, amount in sorted(found)))
        self.bounds = {between: (0, steps[-1]) for between, steps in self.steps.items()}

    def split(self, value):
        between, whole = (value["debtor"], value["creditor"]), value["whole"]
        steps = self.steps.get(between, ())
        low, high = self.bounds.get(between, (0, 0))
        if not 1 <= whole <= len(steps) or not low < steps[whole - 1] <= high:
            raise Broken("a split of the search can't be")
        step = steps[whole - 1]
        ways = ((low, step - 1), (step, high), (low, high))
        return tuple(lambda way=way: self.bounds.__setitem__(between, way) for way in ways)

    def end(self, _, value):
        scale, levels = value["scale"], value["potentials"]
        most = sum(worth(levels, self.places, *pair) * amount for *pair, amount in self.beside)
        for between, steps in self.steps.items():
            low, high = self.bounds[between]
            gain = worth(levels, self.places, *between)
            inside = [step for step in steps if low < step < high]
            count = sum(step <= low for step in steps)
            best = scale * count + gain * low
            for more, step in enumerate(inside, 1):
                best = max(best, scale * (count + more) + gain * step)
            count += len(inside) + (high > low and high in steps)
            most += max(best, scale * count + gain * high)
        if scale == 0:
            if most >= 0:
                raise Broken("a part of the search is not shown to be empty")
            return float("-inf")
        return self.fixed + max(most, 0) // scale


# ------------------------------------------------------------------------------- putting it together


def find_inputs(folder, terms, given):
    """Opens the inputs: as named, else under their own names, else beside the result."""
    if given and len(given) != len(terms.inputs):
        raise Usage(f"--input: the result is of {len(terms.inputs)} files, in this order")
    for place, claimed in enumerate(terms.inputs):
        if given:
            path = given[place]
        elif claimed["name"] == "-":
            raise Usage("the result is of standard input: name its bytes with --input")
        else:
            beside = os.path.join(os.path.dirname(os.path.realpath(folder)), os.path.basename(claimed["name"]))
            there = [path for path in (claimed["name"], beside) if os.path.isfile(path)]
            if not there:
                raise Usage(f"the input {short(claimed['name'])} is not found: use --input")
            path = there[0]
        if path == "-":
            file = tempfile.TemporaryFile()
            shutil.copyfileobj(sys.stdin.buffer, file)
            file.seek(0)
        elif given and not os.path.exists(path):
            raise Usage(f"--input {path}: is not there")
        elif given and os.path.isdir(path):
            raise Usage(f"--input {path}: is a folder")
        else:
            file = open(path, "rb")
        yield path, file


def check_hash(claimed, file, findings):
    digest, length = hashlib.sha256(), 0
    for chunk in iter(lambda: file.read(1 << 20), b""):
        digest.update(chunk)
        length += len(chunk)
    file.seek(0)
    if digest.hexdigest() != claimed["sha256"] or length != claimed["bytes"]:
        findings.add(f"{short(claimed['name'])}: these are not the bytes that were cleared (V3)")


def verify(folder, given, findings, unread, not_checked):
    """Checks everything; returns the terms and the sums."""
    if not os.path.isfile(os.path.join(folder, "result.json")):
        raise Usage(f"{folder}: there is no result in it")
    result = read_json(folder, "result.json", 1 << 24)
    terms = Terms(result)
    inputs = list(find_inputs(folder, terms, given))
    certificate = read_certificate(folder)
    potentials = {
        clearing["currency"]: levels_by_class(clearing)
        for clearing in certificate["clearings"]
        if isinstance(clearing["currency"], str)
    }

    gaps = {
        clearing["currency"]: gaps_of(clearing)
        for clearing in certificate["clearings"]
        if isinstance(clearing["currency"], str)
    }
    stopped = {code for code, of in gaps.items() if any(gap is not None for gap in of)}
    stopped |= {c["currency"] for c in certificate["clearings"] if "gap" in c} & gaps.keys()

    rows = Rows(folder, terms, potentials, stopped, findings)
    for place, ((path, file), claimed) in enumerate(zip(inputs, terms.inputs), 1):
        with file:
            check_hash(claimed, file, findings)
            met = 0
            try:
                reading = claimed.get("reading", terms.reading)
                for line, obligation in read_input(file, reading, claimed["recipe"]):
                    rows.meet((place, line), obligation)
                    met += 1
            except (KeyError, TypeError, Bad) as error:
                raise Broken(f"result.json: reading or recipe is not as V3 asks ({error})") from None
            except CannotRead as error:
                unread.append(f"{path}: {error}")
                rows.take_as_they_stand(place)
                continue
            except (EOFError, gzip.BadGzipFile) as error:
                raise Broken(f"{path}: {error} (V3)") from None
        if met != claimed["rows"]:
            findings.add(f"{short(claimed['name'])}: has {met} rows, not {claimed['rows']} (V3)")
    rows.end()

    clearings = rows.clearings()
    for book in clearings:
        check_sums(terms, book, findings)
    check_certificate(terms, certificate, clearings, findings)
    for certified, book in zip(certificate["clearings"], clearings):
        check_gaps(terms, book, certified, findings)
        if terms.among == "fair":
            check_fair(terms, book, certified.get("fair", []), findings)
        if terms.searched:
            check_search(terms, book, certified, findings)
    paid = payments(terms, rows)

    def each_for_itself(check, *arguments):
        try:
            return check(*arguments)
        except Broken as broken:
            findings.add(str(broken))

    header = "member currency owed owing net_before set_off owed_after owing_after net_after".split()
    expected = positions(terms, clearings)
    each_for_itself(expect_rows, folder, "positions.csv", header, expected, findings, "V9")
    header = "payer payee currency amount obligations".split()
    expected = (
        [payer, payee, code, money(amount, decimals), str(count)]
        for code, decimals, payer, payee, amount, count in paid
    )
    each_for_itself(expect_rows, folder, "payments.csv", header, expected, findings, "V10")
    circles = each_for_itself(check_circles, folder, terms, clearings, findings)

    expected = known_terms(result)
    stated = {certified["currency"]: stated_of(certified) for certified in certificate["clearings"]}
    expected.update(expected_figures(terms, rows, paid, circles or {}, stated, gaps))
    if terms.unit:
        if set(terms.rates) != {(book.code, book.decimals) for book in rows.currencies.values()}:
            findings.add("result.json: unit.rates are not one for each currency (V2)")
        else:
            worth = 0
            for book in rows.currencies.values():
                numerator, denominator = terms.rates[book.code, book.decimals]
                worth += book.gross * numerator // denominator
            rounding = worth - rows.unit.gross
            expected["unit"]["rounding"] = {
                "amount": money(rounding, terms.unit[1]),
                "minor": str(rounding),
            }
    unknown = []
    compare("", result, expected, unknown, findings)
    check_list(folder, terms, findings)
    not_checked.extend(what_is_not_checked(folder, terms, unknown))
    return terms, rows


def check_list(folder, terms, findings):
    listed = "".join(f"{claimed['sha256']}  {claimed['name']}\n" for claimed in terms.inputs)
    listed = listed.encode("utf-8", "replace")
    try:
        with open_file(os.path.join(folder, "input.sha256")) as file:
            if file.read(len(listed) + 1) != listed:
                findings.add("input.sha256: does not list the inputs of result.json (V3)")
    except Broken as broken:
        findings.add(str(broken))


def what_is_not_checked(folder, terms, unknown):
    yield "that result.json's reading was the right way to read the input"
    for claimed in terms.inputs:
        yield f"that the recipe for {short(claimed['name'])} is right: {short(claimed['recipe'])}"
    if terms.among != "fair":
        yield "the seed, which decides between equally large set-offs"
    if terms.unit:
        yield "that the rates are those of their source"
    if terms.as_of and terms.overdue is None:
        yield "as_of, which nothing depends on"
    for field in unknown:
        yield f"result.json: {short(field.lstrip('.'))}"
    checked = "result.json input.sha256 discharges.csv positions.csv payments.csv circles.csv"
    for entry in sorted(set(os.listdir(folder)) - set(checked.split()) - {"certificate.json"}):
        yield f"{short(entry)}"


def main():
    parser = argparse.ArgumentParser(description="Verify a result of setoff clear --out DIR.")
    parser.add_argument("folder", metavar="DIR")
    parser.add_argument("--input", metavar="FILE", nargs="+", default=[])
    arguments = parser.parse_args()
    findings, unread, not_checked = Findings(), [], []
    try:
        try:
            terms, rows = verify(
                arguments.folder, arguments.input, findings, unread, not_checked
            )
        except Broken as broken:
            findings.add(str(broken))
    except Usage as error:
        print(f"{arguments.folder}: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        print(f"{arguments.folder}: {error}", file=sys.stderr)
        sys.exit(3)
    if findings.count:
        print(f"{arguments.folder}: does not verify, {findings.count} findings:", file=sys.stderr)
        for words in findings.words:
            print(f"  {words}", file=sys.stderr)
        if findings.count > len(findings.words):
            print(f"  and {findings.count - len(findings.words)} more", file=sys.stderr)
        sys.exit(1)
    count = sum(book.rows for book in rows.currencies.values())
    print(f"{arguments.folder} verifies: {count} obligations, mode {terms.mode}.")
    for book in rows.clearings():
        cleared, gross = book.money(cleared_of(terms, book)), book.money(book.gross)
        print(f"  {book.code}: {cleared} of {gross} cleared among {len(book.members)} members")
        if any(book.missed.values()):
            first = max((of for of, missed in book.missed.items() if missed), key=lambda of: of or 0)
            gap = book.money(book.missed[first])
            print(f"    feasible, not proven the largest: at most {gap} is missing")
    print("Not checked:")
    for what in not_checked:
        print(f"  {what}")
    if unread:
        print("WARNING: AN INPUT CAN'T BE READ BY THIS PROGRAM:", file=sys.stderr)
        for words in unread:
            print(f"  {words}", file=sys.stderr)
        print(
            "Its bytes are those that were cleared, and all else verifies; but whether its rows\n"
            "are those of discharges.csv only `setoff verify` can tell.",
            file=sys.stderr,
        )
        sys.exit(2)


if __name__ == "__main__":
    main()
