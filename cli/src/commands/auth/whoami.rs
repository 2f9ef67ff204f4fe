//! `kubectl auth whoami`: the user that the server sees (SelfSubjectReview).

use crate::{
    client::Request,
    error::{Error, Result},
    flags::PrintArgs,
    printers::{Printer, ResultPrinter, Tabs},
    session::Session,
};
use http::Method;
use knarr_api::quote::go_value;
use serde_json::{Value, json};

#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Nothing is expected
    #[arg(hide = true)]
    words: Vec<String>,
    #[command(flatten)]
    print: PrintArgs,
}

pub async fn run(session: &Session, args: Args) -> Result<()> {
    let formatted = args.print.output.is_some();
    Printer::from_args(&args.print)?;
    let review = review(session).await?;
    if formatted {
        let mut printer = ResultPrinter::new(&args.print, "")?.typed();
        return printer.print(session, &crate::commands::create::local_info(review), "");
    }
    session.write(&Tabs::table().layout(&lines(&review["status"]["userInfo"])))
}

/// Asks with the newest version that the server has.
async fn review(session: &Session) -> Result<Value> {
    for version in ["v1", "v1beta1", "v1alpha1"] {
        let body = json!({"kind": "SelfSubjectReview", "apiVersion": format!("authentication.k8s.io/{version}"),
            "metadata": {}, "status": {"userInfo": {}}});
        let path = format!("/apis/authentication.k8s.io/{version}/selfsubjectreviews");
        let request = Request::new(Method::POST, path).typed().json(&body);
        match session.client()?.send(request).await {
            Err(error) if error.is_not_found() => {}
            Err(error) if error.status().is_some_and(|status| status.code == 403) => {
                return Err(Error::message(
                    "the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it",
                ));
            }
            other => return other,
        }
    }
    Err(Error::message(
        "the selfsubjectreviews API is not enabled in the cluster\nenable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API",
    ))
}

fn lines(user: &Value) -> String {
    let mut lines = String::from("ATTRIBUTE\tVALUE\n");
    for (title, field) in [("Username", "username"), ("UID", "uid")] {
        if let Some(text) = user[field].as_str().filter(|text| !text.is_empty()) {
            lines.push_str(&format!("{title}\t{text}\n"));
        }
    }
    if user["groups"]
        .as_array()
        .is_some_and(|groups| !groups.is_empty())
    {
        lines.push_str(&format!("Groups\t{}\n", go_value(&user["groups"])));
    }
    let mut extra: Vec<_> = user["extra"].as_object().into_iter().flatten().collect();
    extra.sort_by_key(|(key, _)| *key);
    for (key, values) in extra {
        lines.push_str(&format!("Extra: {key}\t{}\n", go_value(values)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_does_not_say_is_left_out() {
        let user =
            json!({"username": "a", "groups": ["x", "y"], "extra": {"b": ["2"], "a": ["1", "3"]}});
        assert_eq!(
            lines(&user),
            "ATTRIBUTE\tVALUE\nUsername\ta\nGroups\t[x y]\nExtra: a\t[1 3]\nExtra: b\t[2]\n"
        );
    }
}
