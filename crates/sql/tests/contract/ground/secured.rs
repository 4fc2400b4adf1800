//! Servers of their own that speak TLS with certificates made for them, which [`Secured::present`] changes while they run.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use model::{
    Database, Engine, Failure, FailureKind, SecretField, Tls,
    database::Server,
    edges::{DatabaseAccess, Databases},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use secrecy::SecretString;
use tempfile::TempDir;

use super::{PATIENCE, engines, statement};

const ACCOUNT: &str = "anna";
const PASSWORD: &str = "of-a-test";

/// An authority that signs.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, in PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(name, &[], 2090);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// Signs for these names, until the year `until`.
    pub(crate) fn signs(&self, subject: &str, names: &[&str], until: i32) -> Identity {
        let key = KeyPair::generate().unwrap();
        let mut params = params(subject, names, until);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &*self.0).unwrap();
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

fn params(subject: &str, names: &[&str], until: i32) -> CertificateParams {
    let mut params = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
    params.distinguished_name.push(DnType::CommonName, subject);
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    params
}

/// A server process with TLS, and an account on it that logs in with its password, or (PostgreSQL) with a certificate in its name as
/// well where `clients` signed it. Ends when it is dropped.
pub(crate) struct Secured {
    kind: &'static str,
    port: u16,
    folder: TempDir,
    process: Child,
}

impl Drop for Secured {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Secured {
    /// PostgreSQL, which asks every client for a certificate of `clients` when they are given.
    pub(crate) async fn postgres(shown: &Identity, clients: Option<&Authority>) -> Self {
        let folder = folder(shown, clients);
        let programs = newest("/usr/lib/postgresql");
        let data = folder.path().join("data");
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD).unwrap();
        own(folder.path(), "postgres");
        let made = command("postgres", &programs.join("initdb"))
            .args(["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"])
            .arg(format!("--username={ACCOUNT}"))
            .arg(format!("--pwfile={}", password.display()))
            .arg(format!("--pgdata={}", data.display()))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let asks = if clients.is_some() { " clientcert=verify-full" } else { "" };
        fs::write(data.join("pg_hba.conf"), format!("hostssl all all all scram-sha-256{asks}\n")).unwrap();
        let port = free_port();
        let mut server = command("postgres", &programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-p").arg(port.to_string());
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB", "ssl=on"] {
            server.args(["-c", setting]);
        }
        for (setting, file) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key"), ("ssl_ca_file", "clients.crt")] {
            if file != "clients.crt" || clients.is_some() {
                server.arg("-c").arg(format!("{setting}={}", folder.path().join(file).display()));
            }
        }
        Self { kind: "postgres", port, process: started(&mut server, folder.path()), folder }.ready().await
    }

    /// MariaDB.
    pub(crate) async fn mariadb(shown: &Identity) -> Self {
        let folder = folder(shown, None);
        let data = folder.path().join("data");
        let begin = folder.path().join("init.sql");
        fs::write(&begin, format!("CREATE USER '{ACCOUNT}'@'%' IDENTIFIED BY '{PASSWORD}';\nGRANT RELOAD ON *.* TO '{ACCOUNT}'@'%';\n"))
            .unwrap();
        own(folder.path(), "mysql");
        let made = command("mysql", Path::new("mariadb-install-db"))
            .arg("--no-defaults")
            .arg(format!("--datadir={}", data.display()))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = free_port();
        let mut server = command("mysql", Path::new("/usr/sbin/mariadbd"));
        server.arg("--no-defaults").arg(format!("--port={port}"));
        for (setting, file) in
            [("datadir", "data"), ("socket", "s"), ("init-file", "init.sql"), ("ssl-cert", "server.crt"), ("ssl-key", "server.key")]
        {
            server.arg(format!("--{setting}={}", folder.path().join(file).display()));
        }
        server.args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin", "--innodb-buffer-pool-size=16M"]);
        Self { kind: "mysql", port, process: started(&mut server, folder.path()), folder }.ready().await
    }

    /// The account, by a host name or address of the server.
    pub(crate) fn access(&self, host: &str, tls: Tls, ca: Option<&Authority>, shown: Option<&Identity>) -> DatabaseAccess {
        let place = if self.kind == "postgres" { "postgres" } else { "information_schema" };
        let server = Server {
            port: Some(self.port),
            tls,
            ca_certificate: ca.map(Authority::pem),
            client_certificate: shown.map(|shown| shown.certificate.clone()),
            ..Server::new(host, place, ACCOUNT)
        };
        let engine = if self.kind == "postgres" { Engine::Postgres(server) } else { Engine::Mysql(server) };
        let mut access = DatabaseAccess::new(Database::new(engine), Some(SecretString::from(PASSWORD)));
        access.secrets.extend(shown.map(|shown| (SecretField::ClientKey, SecretString::from(shown.key.clone()))));
        access
    }

    /// Shows another certificate from now on: until a failure says `expected`.
    pub(crate) async fn present(&self, shown: &Identity, access: &DatabaseAccess, expected: &str) -> Failure {
        put(self.folder.path(), shown);
        own(self.folder.path(), if self.kind == "postgres" { "postgres" } else { "mysql" });
        self.reload().await;
        let since = Instant::now();
        loop {
            match engines().describe(access, &statement("SELECT 1 AS x")).await {
                Err(failure) if failure.chain().contains(expected) => return failure,
                told => assert!(since.elapsed() < PATIENCE, "{told:?}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn reload(&self) {
        match self.kind {
            "postgres" => {
                let told = Command::new("kill").arg("-HUP").arg(self.process.id().to_string()).status().unwrap();
                assert!(told.success());
            }
            _ => {
                use sqlx::{ConnectOptions, Connection, mysql::MySqlConnectOptions, mysql::MySqlSslMode};
                let options = MySqlConnectOptions::new().host("127.0.0.1").port(self.port).username(ACCOUNT).password(PASSWORD);
                let mut connection = options.ssl_mode(MySqlSslMode::Disabled).connect().await.unwrap();
                sqlx::raw_sql("FLUSH SSL").execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// Itself, when it answers to a login, whatever it says.
    async fn ready(mut self) -> Self {
        let (access, since) = (self.access("127.0.0.1", Tls::Require, None, None), Instant::now());
        while let Err(failure) = engines().describe(&access, &statement("SELECT 1 AS x")).await {
            if failure.kind != FailureKind::SqlUnreachable {
                break;
            }
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let lives = self.process.try_wait().unwrap().is_none() && since.elapsed() < PATIENCE;
            assert!(lives, "{}: {}: {}", self.kind, failure.chain(), log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self
    }
}

fn folder(shown: &Identity, clients: Option<&Authority>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), shown);
    if let Some(clients) = clients {
        fs::write(folder.path().join("clients.crt"), clients.pem()).unwrap();
    }
    folder
}

fn put(folder: &Path, shown: &Identity) {
    fs::write(folder.join("server.crt"), &shown.certificate).unwrap();
    fs::write(folder.join("server.key"), &shown.key).unwrap();
    fs::set_permissions(folder.join("server.key"), fs::Permissions::from_mode(0o600)).unwrap();
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}

/// Gives a folder to the account that the server runs as, which is not root.
fn own(folder: &Path, account: &str) {
    if is_root() {
        assert!(Command::new("chown").args(["-R", account]).arg(folder).status().unwrap().success());
    }
}

/// A program, run as the account of its package when root runs the tests.
fn command(account: &str, program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args([&format!("--reuid={account}"), &format!("--regid={account}"), "--init-groups", "--"]).arg(program);
    command.current_dir("/");
    command
}

fn started(server: &mut Command, folder: &Path) -> Child {
    let log = fs::File::create(folder.join("log")).unwrap();
    server.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
}

fn newest(folder: &str) -> PathBuf {
    let versions = fs::read_dir(folder).unwrap_or_else(|_| panic!("no PostgreSQL: run `dev/servers install`"));
    let version = versions.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok()).max().unwrap();
    Path::new(folder).join(version.to_string()).join("bin")
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
