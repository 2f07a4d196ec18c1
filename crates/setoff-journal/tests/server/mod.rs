//! A real PostgreSQL server, which the tests start themselves in a temporary folder.
//!
//! Its programs are looked for in `SETOFF_POSTGRES_BIN` and where Debian puts them. If there are
//! none the tests fail: `./test` installs them.
// Each test that takes this in uses a part of it.
#![allow(clippy::unwrap_used, dead_code)]

use std::fs;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) struct Server {
    bin: PathBuf,
    pub(crate) folder: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> (Self, ChildStdin) {
        let bin = programs();
        let folder = tempfile::Builder::new().prefix("setoff-pg").tempdir().unwrap().keep();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { bin, folder, port };
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(&server.folder));
        }
        let mut initdb = server.program("initdb");
        run(initdb.args(["--no-sync", "-A", "trust", "-U", "postgres", "-D"]).arg(server.data()));
        server.make_certificate();
        let end = server.run_until_dropped();
        (server, end)
    }

    /// A shell runs the server, and stops it and removes its folder when this process ends,
    /// however it ends: then its standard input does.
    fn run_until_dropped(&self) -> ChildStdin {
        let mut postgres = self.program("postgres");
        let port = self.port.to_string();
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
        postgres.args(["-h", "127.0.0.1", "-p", &port]);
        // The loop starts it again after a crash.
        let script = format!(
            "(while :; do \"$@\" >>{0}/log 2>&1; sleep 0.1; done) & loop=$!; cat; kill $loop; \
             kill -QUIT $(head -n 1 {0}/data/postmaster.pid); \
             while [ -e {0}/data/postmaster.pid ]; do sleep 0.1; done; rm -rf {0}",
            self.folder.display()
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh"]).arg(postgres.get_program()).args(postgres.get_args());
        shell.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let end = shell.spawn().unwrap().stdin.unwrap();
        self.wait_until_ready();
        end
    }

    pub(crate) fn wait_until_ready(&self) {
        let port = self.port.to_string();
        let ready = || {
            let mut asked = self.program("pg_isready");
            asked.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().unwrap().success()
        };
        for _ in 0..600 {
            if ready() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        panic!("{}", fs::read_to_string(self.folder.join("log")).unwrap());
    }

    /// Stops the server as if the machine had failed (`pg_ctl stop -m immediate` does the same);
    /// it starts again and recovers.
    pub(crate) fn crash(&self) {
        let pid = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        run(Command::new("kill").args(["-QUIT", pid.lines().next().unwrap()]));
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs as `postgres` where this is root: the server refuses to be root.
    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups", "--"]);
        command.arg(path).env("HOME", &self.folder).current_dir(&self.folder);
        command
    }

    /// A certificate for `localhost` by an authority of our own, and the settings that use it.
    fn make_certificate(&self) {
        let script = format!(
            "cd {} && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority \
             -keyout ca.key -out ca.crt && openssl req -newkey rsa:2048 -nodes -subj /CN=localhost \
             -keyout server.key -out server.csr && printf 'subjectAltName=DNS:localhost' > san && \
             openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
             -extfile san -out server.crt && chmod 600 server.key && chmod 644 ca.crt server.crt",
            self.folder.display()
        );
        run(Command::new("sh").args(["-c", &script]));
        run(Command::new("chmod").arg("755").arg(&self.folder));
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(self.folder.join("server.key")));
        }
        let folder = self.folder.display();
        let settings = format!(
            "\nssl = on\nssl_cert_file = '{folder}/server.crt'\nssl_key_file = '{folder}/server.key'\n"
        );
        let path = self.data().join("postgresql.conf");
        let old = fs::read_to_string(&path).unwrap();
        fs::write(path, old + &settings).unwrap();
    }

    pub(crate) fn connection(&self, database: &str) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={database}", self.port)
    }

    pub(crate) fn new_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("union{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.psql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    pub(crate) fn psql(&self, database: &str, statement: &str) {
        let socket = self.folder.to_str().unwrap();
        let port = self.port.to_string();
        let mut command = self.program("psql");
        command.args(["-q", "-h", socket, "-p", &port, "-U", "postgres", database]);
        run(command.args(["-v", "ON_ERROR_STOP=1", "-c", statement]));
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

fn programs() -> PathBuf {
    if let Some(bin) = std::env::var_os("SETOFF_POSTGRES_BIN") {
        return bin.into();
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<_> = versions.map(|v| v.unwrap().path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").is_file());
    found.sort();
    found.pop().expect(
        "no PostgreSQL server: install Debian's `postgresql`, or name the folder of initdb in \
         SETOFF_POSTGRES_BIN",
    )
}

fn run(command: &mut Command) {
    let done = command.stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// One server for all tests.
pub(crate) fn server() -> &'static Server {
    static SERVER: OnceLock<(Server, ChildStdin)> = OnceLock::new();
    &SERVER.get_or_init(Server::start).0
}
