//! `turnwise serve`: a model of ours behind the OpenAI-style protocol, so that other agents can drive it.
//!
//! It is for programs of this machine's user: there are no keys, accounts or limits.

mod api;
mod conversations;
mod listener;
mod outlet;
mod refusal;
mod routes;
mod streaming;
mod telling;
mod tools;

use std::{net::IpAddr, process::ExitCode};

use clap::Args;
use serde_json::json;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use turnwise_agent::Profile;

use self::routes::Service;
use crate::{error::Failure, model, options::ModelOptions, printer::Printer, profiles};

/// What to serve, and where.
#[derive(Args, Debug)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    model: ModelOptions,
    /// The address to listen on; others than 127.0.0.1 let other machines in
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: IpAddr,
    /// The port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0, value_name = "N")]
    port: u16,
}

/// Serves until it is interrupted: the first Ctrl-C ends the replies under way in peace, the second at once.
pub(crate) async fn serve(args: ServeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let model = model::load(&args.model, printer)?;
    let profile = profiles::source_of(&args.model, &*model)?;
    Profile::load(&profile)?;
    let internal =
        |what: String| move |source: std::io::Error| Failure::Internal { what, source: source.into() };
    let at = format!("listen on {} port {}; choose another --port", args.host, args.port);
    let listener = TcpListener::bind((args.host, args.port)).await.map_err(internal(at))?;
    let address = listener.local_addr().map_err(internal("find out its own address".to_owned()))?;
    let url = format!("http://{address}/v1");
    let name = model.info().name.clone();
    printer.say("Serving", &format!("{name} at {url}; Ctrl-C ends it"));
    if !args.host.is_loopback() {
        printer.say("hint:", "other machines can use it; there is no key and no encryption");
    }
    match printer.json() {
        true => printer
            .json_data(&json!({ "url": url, "model": name, "spec": format!("openai:{url}#{name}") }))?,
        false => printer.data(&url),
    }
    let app = routes::app(Service::new(model, profile));
    let server = axum::serve(listener, app).with_graceful_shutdown(interrupted());
    tokio::select! {
        ended = server => ended.map_err(internal("serve".to_owned()))?,
        () = interrupted_twice() => printer.say("Stopping", "now"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Is ready when the process is asked to end.
async fn interrupted() {
    let (Ok(mut interrupts), Ok(mut terminations)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupts.recv() => {}
        _ = terminations.recv() => {}
    }
}

async fn interrupted_twice() {
    interrupted().await;
    interrupted().await;
}
