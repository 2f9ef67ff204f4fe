//! The cluster name server's address on this node. It stands on the loopback interface, so that pods and the node
//! itself reach it without any rule of translation, and on every kernel.

use std::net::Ipv4Addr;

use rtnetlink::Handle;

/// The loopback interface is the first of every network namespace.
const LOOPBACK: u32 = 1;

/// Gives this node the address. It may be there from an earlier run.
pub async fn ensure(address: Ipv4Addr) -> Result<(), rtnetlink::Error> {
    with_handle(async |handle| {
        handle
            .address()
            .add(LOOPBACK, address.into(), 32)
            .replace()
            .execute()
            .await
    })
    .await
}

async fn with_handle(
    work: impl AsyncFnOnce(Handle) -> Result<(), rtnetlink::Error>,
) -> Result<(), rtnetlink::Error> {
    let (connection, handle, _) =
        rtnetlink::new_connection().map_err(|_| rtnetlink::Error::RequestFailed)?;
    tokio::select! {
        done = work(handle) => done,
        () = connection => Err(rtnetlink::Error::RequestFailed),
    }
}
