//! Questions and answers as they go over the wire.

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, PTR, SOA, SRV, TXT};
use hickory_proto::rr::{DNSClass, Name, RData, Record as WireRecord, RecordType};

use super::zone::{Answer, Record, Wanted, Zone};

/// How long an answer may be kept, in seconds: as CoreDNS' kubernetes plugin.
const TTL: u32 = 5;
/// The most bytes of an answer over UDP to a client that does not say what it takes.
const PLAIN_UDP_BYTES: usize = 512;

/// What is to be done with a question.
pub enum Reply {
    /// This is the answer.
    Send(Vec<u8>),
    /// It is for another server: the question goes on as it came.
    Forward,
    /// It is no question.
    Ignore,
}

/// Answers a question from the zone. `udp` answers that are too long are cut, so that the client comes back over TCP.
pub fn reply(zone: &Zone, question: &[u8], udp: bool) -> Reply {
    let Ok(request) = Message::from_vec(question) else {
        return Reply::Ignore;
    };
    if request.metadata.message_type != MessageType::Query {
        return Reply::Ignore;
    }
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.metadata.recursion_desired = request.metadata.recursion_desired;
    response.metadata.recursion_available = true;
    response.queries.clone_from(&request.queries);
    match request.queries.as_slice() {
        [query]
            if request.metadata.op_code == OpCode::Query && query.query_class() == DNSClass::IN =>
        {
            if !answer(zone, query, &mut response) {
                return Reply::Forward;
            }
        }
        _ => response.metadata.response_code = ResponseCode::NotImp,
    }
    let limit = match (&request.edns, udp) {
        (_, false) => usize::from(u16::MAX),
        (Some(edns), true) => usize::from(edns.max_payload()).max(PLAIN_UDP_BYTES),
        (None, true) => PLAIN_UDP_BYTES,
    };
    encode(response, limit)
}

/// The answer to a client whose question no other server answered.
pub fn failure(question: &[u8]) -> Option<Vec<u8>> {
    let request = Message::from_vec(question).ok()?;
    let mut response = Message::response(request.metadata.id, request.metadata.op_code);
    response.queries = request.queries;
    response.metadata.response_code = ResponseCode::ServFail;
    response.to_vec().ok()
}

fn encode(mut response: Message, limit: usize) -> Reply {
    match response.to_vec() {
        Ok(bytes) if bytes.len() <= limit => Reply::Send(bytes),
        Ok(_) => {
            response.answers.clear();
            response.metadata.truncation = true;
            response.to_vec().map_or(Reply::Ignore, Reply::Send)
        }
        Err(_) => Reply::Ignore,
    }
}

/// Fills the response in; false when the name is not ours.
fn answer(zone: &Zone, query: &Query, response: &mut Message) -> bool {
    let wanted = match query.query_type() {
        RecordType::A => Wanted::A,
        RecordType::AAAA => Wanted::Aaaa,
        RecordType::SRV => Wanted::Srv,
        RecordType::PTR => Wanted::Ptr,
        RecordType::TXT => Wanted::Txt,
        _ => Wanted::Any,
    };
    let known_type = wanted != Wanted::Any || query.query_type() == RecordType::ANY;
    let found = zone.answer(&query.name().to_ascii(), wanted);
    response.metadata.authoritative = true;
    match found {
        Answer::NotOurs => return false,
        Answer::NoSuchName => response.metadata.response_code = ResponseCode::NXDomain,
        Answer::Found(records) if known_type => {
            let data = records.into_iter().filter_map(data);
            response.answers = data
                .map(|data| WireRecord::from_rdata(query.name().clone(), TTL, data))
                .collect();
        }
        Answer::Found(_) => {}
    }
    if response.answers.is_empty()
        && let Some(authority) = authority(zone)
    {
        response.authorities.push(authority);
    }
    true
}

/// Who says that there is nothing, and for how long that holds.
fn authority(zone: &Zone) -> Option<WireRecord> {
    let domain = Name::from_ascii(format!("{}.", zone.domain())).ok()?;
    let server = Name::from_ascii(format!("ns.dns.{}.", zone.domain())).ok()?;
    let contact = Name::from_ascii(format!("hostmaster.{}.", zone.domain())).ok()?;
    let soa = SOA::new(server, contact, 1, 7200, 1800, 86400, TTL);
    Some(WireRecord::from_rdata(domain, TTL, RData::SOA(soa)))
}

fn data(record: Record) -> Option<RData> {
    let name = |text: String| Name::from_ascii(format!("{}.", text.trim_end_matches('.'))).ok();
    Some(match record {
        Record::Address(std::net::IpAddr::V4(ip)) => RData::A(A(ip)),
        Record::Address(std::net::IpAddr::V6(ip)) => RData::AAAA(AAAA(ip)),
        Record::Alias(target) => RData::CNAME(CNAME(name(target)?)),
        Record::Pointer(target) => RData::PTR(PTR(name(target)?)),
        Record::Service { port, target } => RData::SRV(SRV::new(0, 100, port, name(target)?)),
        Record::Text(text) => RData::TXT(TXT::new(vec![text])),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::Service;
    use serde_json::json;
    use std::sync::Arc;

    fn zone(addresses: usize) -> Zone {
        let ips: Vec<String> = (0..addresses)
            .map(|last| format!("10.96.{}.{}", last / 250, last % 250))
            .collect();
        let service: Service = serde_json::from_value(json!({
            "metadata": { "name": "web", "namespace": "n" }, "spec": { "clusterIP": ips[0], "clusterIPs": ips },
        }))
        .unwrap();
        Zone::new("cluster.local", [Arc::new(service)].iter(), [].iter())
    }

    fn ask(name: &str, type_: RecordType) -> Vec<u8> {
        let mut message = Message::query();
        message
            .queries
            .push(Query::query(Name::from_ascii(name).unwrap(), type_));
        message.to_vec().unwrap()
    }

    fn answered(reply: Reply) -> Message {
        match reply {
            Reply::Send(bytes) => Message::from_vec(&bytes).unwrap(),
            _ => panic!("no answer"),
        }
    }

    #[test]
    fn a_service_is_answered_and_a_missing_one_does_not_exist() {
        let message = answered(reply(
            &zone(1),
            &ask("web.n.svc.cluster.local.", RecordType::A),
            true,
        ));
        assert_eq!(message.answers.len(), 1);
        assert!(message.metadata.authoritative);
        let message = answered(reply(
            &zone(1),
            &ask("no.n.svc.cluster.local.", RecordType::A),
            true,
        ));
        assert_eq!(message.metadata.response_code, ResponseCode::NXDomain);
        assert_eq!(message.authorities.len(), 1);
    }

    #[test]
    fn a_type_that_a_name_does_not_have_is_no_error() {
        let message = answered(reply(
            &zone(1),
            &ask("web.n.svc.cluster.local.", RecordType::MX),
            true,
        ));
        assert_eq!(
            (message.metadata.response_code, message.answers.len()),
            (ResponseCode::NoError, 0)
        );
    }

    #[test]
    fn too_long_for_udp_is_cut_and_comes_whole_over_tcp() {
        let question = ask("web.n.svc.cluster.local.", RecordType::A);
        assert!(
            answered(reply(&zone(100), &question, true))
                .metadata
                .truncation
        );
        assert_eq!(
            answered(reply(&zone(100), &question, false)).answers.len(),
            100
        );
    }

    #[test]
    fn what_is_no_question_is_left_alone() {
        assert!(matches!(reply(&zone(1), &[], true), Reply::Ignore));
        assert!(matches!(reply(&zone(1), &[255; 40], true), Reply::Ignore));
        assert!(matches!(
            reply(&zone(1), &ask("example.com.", RecordType::A), true),
            Reply::Forward
        ));
        for length in 0..60 {
            let mut cut = ask("web.n.svc.cluster.local.", RecordType::A);
            cut.truncate(length);
            reply(&zone(1), &cut, true);
        }
    }
}
