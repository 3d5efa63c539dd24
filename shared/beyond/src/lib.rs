//! The server of the lessons in "Beyond one machine": a `redis-server` of their own, or one that is there.
//!
//! ```no_run
//! let server = beyond::Server::start()?;
//! let mut redis = server.connect()?;
//! redis::cmd("PING").exec(&mut redis)?;
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! | in the environment | what it is |
//! |---|---|
//! | `LESSON_REDIS` | The address of a server that is there: `redis://:password@host:port/`. |
//! | `LESSON_REDIS_PASSWORD_FILE` | The file with its password, if that does not stand in the address. |
//!
//! Without an address, [`Server::start`] starts a server for this program alone. A daemon named `server`
//! watches over it: see `guard.rs`.
#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod guard;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use anyhow::{Context, Result, bail};
use multiprocessing::{Process, state};
use redis::{Client, Cmd, Connection, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError};

/// How long a server may be away: so long it takes to start it, or to start it again.
const LIMIT: Duration = Duration::from_secs(10);
/// Between two looks for it.
const A_MOMENT: Duration = Duration::from_millis(10);
/// Somebody else may take the port between our look for a free one and the server's own.
const ATTEMPTS: usize = 5;
/// The exit status of a lesson whose server is not installed.
const NOT_INSTALLED: i32 = 3;

/// A server that keeps streams. The processes that are started later may use it, too, each through a
/// connection of its own. It cannot be printed, for it knows the password.
#[allow(missing_debug_implementations)]
pub struct Server {
    client: Client,
    /// The process that watches over it, if it is ours.
    guard: Option<i32>,
}

impl Server {
    /// The server whose address is in the environment; else a new one, which ends with this program.
    /// If that is not installed, this ends the program in one line, with exit status 3.
    ///
    /// # Errors
    /// If it does not answer, or refuses the password.
    pub fn start() -> Result<Server> {
        match env::var("LESSON_REDIS") {
            Ok(address) => Server::at(&address),
            Err(_) => Server::own(),
        }
    }

    fn at(address: &str) -> Result<Server> {
        // What is wrong with it is said without the address: that may have the password.
        let mut info = address.into_connection_info().ok().context(
            "LESSON_REDIS is no address of a server, such as redis://:password@host:port/",
        )?;
        if let Some(file) = env::var_os("LESSON_REDIS_PASSWORD_FILE") {
            let cannot = || format!("cannot read the password in {}", file.display());
            let password = fs::read_to_string(&file).with_context(cannot)?;
            let settings = info.redis_settings().clone().set_password(password.trim_end());
            info = info.set_redis_settings(settings);
        }
        let server = Server { client: Client::open(info)?, guard: None };
        server.connect().map(|_| server)
    }

    fn own() -> Result<Server> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).context("there is no random number for a password")?;
        let password: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        for _ in 0..ATTEMPTS {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let address = format!("redis://:{password}@127.0.0.1:{port}/");
            let guard = Process::new(|| guard::keep(port, &password)).name("server").daemon(true);
            let guard = guard.start()?;
            let server = Server { client: Client::open(address)?, guard: Some(guard.pid()) };
            let answer = server.connect();
            match guard.exit().map(|exit| exit.code()) {
                None => return answer.map(|_| server),
                Some(NOT_INSTALLED) => {
                    eprintln!("This lesson needs redis-server: sudo apt-get install redis-server");
                    process::exit(NOT_INSTALLED);
                }
                Some(_) => {}
            }
        }
        bail!("redis-server does not start")
    }

    /// A connection to it. If it is away, this waits for it.
    ///
    /// # Errors
    /// If it stays away, or refuses the password.
    pub fn connect(&self) -> Result<Connection> {
        let address = self.client.get_connection_info().addr().to_string();
        let begun = Instant::now();
        loop {
            let connected = self.client.get_connection_with_timeout(LIMIT).and_then(|mut redis| {
                redis::cmd("PING").exec(&mut redis)?;
                Ok(redis)
            });
            let is_gone = self.guard.is_some_and(|guard| !state(guard).is_alive());
            match connected {
                Ok(redis) => return Ok(redis),
                Err(error) if is_refused(&error) => {
                    bail!("the server at {address} refuses the password")
                }
                Err(error) if is_away(&error) && !is_gone && begun.elapsed() < LIMIT => {
                    thread::sleep(A_MOMENT);
                }
                Err(error) => bail!("no server answers at {address}: {error}"),
            }
        }
    }

    /// Asks the server until it answers, and connects anew if it was away. If it was asked and then went
    /// away, it is asked twice: so this is for what may be done twice.
    ///
    /// # Errors
    /// If it stays away, or if it answers with an error.
    pub fn ask<T: FromRedisValue>(&self, redis: &mut Connection, command: &Cmd) -> Result<T> {
        loop {
            if let Some(answer) = self.ask_once(redis, command)? {
                return Ok(answer);
            }
        }
    }

    /// Asks once. None: the server was away, and is there again. Nobody knows whether it has done it.
    ///
    /// # Errors
    /// If it stays away, or if it answers with an error.
    pub fn ask_once<T: FromRedisValue>(
        &self,
        redis: &mut Connection,
        command: &Cmd,
    ) -> Result<Option<T>> {
        match command.query(redis) {
            Err(error) if is_away(&error) => *redis = self.connect()?,
            answer => return Ok(Some(answer?)),
        }
        Ok(None)
    }
}

/// Not there, or still reading what it has kept.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error() || error.is_connection_dropped() || error.code() == Some("LOADING")
}

fn is_refused(error: &RedisError) -> bool {
    error.kind() == ErrorKind::AuthenticationFailed || error.code() == Some("NOAUTH")
}
