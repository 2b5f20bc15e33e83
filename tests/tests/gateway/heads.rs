//! Requests that are refused by their head, before the body is read.

use std::time::Duration;

use b2_proto::gateway::Grant;
use bytes::Bytes;
use http::Request;

use crate::site::Site;

#[test]
fn without_a_check_every_visitor_is_refused() {
    let mut site = Site::new();
    let said = site.authorize("42");
    assert_eq!((said.0, said.1.as_str()), (401, "unauthorized"));
    // A host that never calls `authorize` has no check.
    let request =
        http::Request::get(format!("{}/b2api/v4/b2_authorize_account", crate::realm::BASE))
            .body(())
            .unwrap();
    let incoming = site.realm.gateway.receive(request.into_parts().0, site.now);
    let mut serve = incoming.respond(site.now, 0, &Bytes::new());
    let step = b2_proto::machine::Machine::poll(&mut serve, b2_proto::time::Instant::ORIGIN);
    let b2_proto::machine::Step::Done(Ok(response)) = step else {
        panic!("it is answered at once: {step:?}");
    };
    assert_eq!(response.status, 401);
}

#[test]
fn other_methods_and_paths() {
    let mut site = Site::new();
    let token = site.visitor();
    for (method, path, status) in [
        ("GET", "/b2api/v4/b2_start_large_file", 405),
        ("PUT", "/b2api/v4/b2_upload_file/b/0", 405),
        ("POST", "/b2api/v4/b2_upload_part/f/0", 401),
        ("POST", "/b2api/v3/b2_start_large_file", 404),
        ("GET", "/file/the-bucket/u/42/a", 404),
        ("POST", "/", 404),
    ] {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", crate::realm::BASE))
            .header("authorization", &token)
            .body(Bytes::new())
            .unwrap();
        let response = site.realm.answer(site.now, &mut site.service, request);
        assert_eq!(response.status().as_u16(), status, "{method} {path}");
    }
}

fn post(path: &str, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post(format!("{}{path}", crate::realm::BASE));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap()
}

/// Bodies of refused requests are not read, however many clients send them.
#[test]
fn no_byte_is_read_for_a_head_that_is_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    let (url, relay) = site.relay_url(&token);
    let path = url.strip_prefix(crate::realm::BASE).unwrap().to_owned();
    let hour = Duration::from_secs(3_600);
    let lists = Grant::new("43", site.bucket_id.clone(), b2_tests::BUCKET, "u/43/", hour).list();
    let lists = site.enter("43", lists);
    let (call, finish) = ("/b2api/v4/b2_start_large_file", "/b2api/v4/b2_finish_large_file");
    let file = |changed: &[(&'static str, &'static str)]| {
        let mut headers = vec![
            ("authorization", relay.clone()),
            ("x-bz-file-name", "u/42/a.png".to_owned()),
            ("content-type", "image/png".to_owned()),
            ("x-bz-content-sha1", "do_not_verify".to_owned()),
        ];
        for (name, value) in changed {
            headers.retain(|(own, _)| own != name);
            headers.push((*name, (*value).to_owned()));
        }
        headers
    };
    let owned = |headers: &[(&'static str, &str)]| {
        headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
    };
    let own = ("authorization", token.as_str());
    let long = "x".repeat(7_100);
    let mut long_info = file(&[]);
    long_info.push(("x-bz-info-a", long.clone()));
    let mut twice = file(&[]);
    twice.push(("x-bz-file-name", "u/42/b.png".to_owned()));
    let mut info_twice = file(&[("x-bz-info-a", "1")]);
    info_twice.push(("X-Bz-Info-A", "2".to_owned()));
    let rows = [
        (call, owned(&[]), 401),
        (call, owned(&[("authorization", "x")]), 401),
        (call, owned(&[("authorization", &long)]), 401),
        (call, owned(&[("authorization", &relay)]), 401),
        (call, owned(&[own, own]), 401),
        (call, owned(&[("authorization", &lists)]), 401),
        ("/b2api/v4/b2_create_key", owned(&[own]), 401),
        ("/b2api/v4/b2_x/b2api/v4/b2_y", owned(&[own]), 404),
        ("/b2api/v4/b2_list_parts/", owned(&[own]), 404),
        (call, owned(&[own, ("content-length", "65537")]), 400),
        (finish, owned(&[own, ("content-length", "524289")]), 400),
        (call, owned(&[own, ("content-length", "-1")]), 400),
        (call, owned(&[own, ("content-length", "1, 1")]), 400),
        (call, owned(&[own, ("content-length", "99999999999999999999999")]), 400),
        (call, owned(&[own, ("content-length", "1"), ("content-length", "1")]), 400),
        (&path, owned(&[own]), 401),
        (&path, file(&[("x-bz-file-name", "u/41/a.png")]), 403),
        (&path, file(&[("x-bz-file-name", "u/42/../41/a.png")]), 400),
        (&path, file(&[("content-type", "text/html")]), 400),
        (&path, file(&[("content-type", "image/*")]), 400),
        (&path, file(&[("content-length", "1140")]), 400),
        (&path, file(&[("x-bz-info-b2-content-type", "text/html")]), 400),
        (&path, file(&[("x-bz-file-legal-hold", "on")]), 403),
        (&path, long_info, 400),
        (&path, twice, 400),
        (&path, info_twice, 400),
    ];
    for (number, (path, headers, status)) in rows.into_iter().enumerate() {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request = post(path, &headers);
        let incoming = site.realm.gateway.receive(request.clone().into_parts().0, site.now);
        assert!(incoming.is_refused() && incoming.body_limit() == 0, "row {number}: {path}");
        let said = site.answer(request);
        assert_eq!(said.0, status, "row {number}: {path}: {}", said.2);
        assert!(!said.2.to_string().contains(&token), "a token shows");
    }
    // Accepted heads have a limit for the body.
    for (path, headers, limit) in [
        (call, owned(&[own]), 65_536),
        (finish, owned(&[own]), 524_288),
        (&path, file(&[]), 1_139),
        ("/b2api/v4/b2_authorize_account", owned(&[]), 0),
    ] {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let incoming = site.realm.gateway.receive(post(path, &headers).into_parts().0, site.now);
        assert_eq!((incoming.is_refused(), incoming.body_limit()), (false, limit), "{path}");
    }
    // An expired token is refused by the head, and one that expires during the body after the body.
    let incoming = site.realm.gateway.receive(post(call, &[own]).into_parts().0, site.now);
    site.wait(Duration::from_secs(3_600));
    let late = site.realm.gateway.receive(post(call, &[own]).into_parts().0, site.now);
    assert!(late.is_refused());
    let mut serve = incoming.respond(site.now, 0, &Bytes::from_static(b"{}"));
    let step = b2_proto::machine::Machine::poll(&mut serve, b2_proto::time::Instant::ORIGIN);
    assert!(matches!(step, b2_proto::machine::Step::Done(Ok(response)) if response.status == 401));
}

/// Methods that the API does not use are refused.
#[test]
fn odd_methods_are_refused() {
    let mut site = Site::new();
    let token = site.visitor();
    for method in
        ["TRACE", "CONNECT", "PUT", "DELETE", "PATCH", "HEAD", "GET", "get", "post", "PRI"]
    {
        for call in ["b2_start_large_file", "b2_list_file_names", "b2_upload_file/b/0"] {
            let mut request = post(&format!("/b2api/v4/{call}"), &[("authorization", &token)]);
            *request.method_mut() = method.parse().unwrap();
            assert_eq!(site.answer(request).0, 405, "{method} {call}");
        }
        if method != "GET" {
            let mut request = post("/b2api/v4/b2_authorize_account", &[]);
            *request.method_mut() = method.parse().unwrap();
            assert_eq!(site.answer(request).0, 405, "{method}");
        }
    }
}
