//! `b2 account`.

use serde_json::Value;

use crate::world::{World, failed, succeeded};

fn authorize(world: &World) -> Value {
    let credentials = world.server.credentials();
    // A slash at the end of the realm does not matter.
    let realm = format!("{}/", world.server.realm());
    let key = credentials.key.expose();
    let arguments = ["--realm", &realm, "account", "authorize", &credentials.key_id, key];
    let printed = succeeded(&world.anonymous(&arguments).output().unwrap());
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_login_is_kept_and_forgotten() {
    let world = World::new();
    let json = authorize(&world);
    assert_eq!(json["isMasterKey"], true);
    assert_eq!(json["apiUrl"], world.server.realm());
    assert_eq!(json["accountFilePath"], world.path("account").to_str().unwrap());

    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    succeeded(&list);
    let get = world.anonymous(&["account", "get"]).output().unwrap();
    let got: Value = serde_json::from_str(&succeeded(&get)).unwrap();
    assert_eq!(got["applicationKeyId"], json["applicationKeyId"]);

    succeeded(&world.anonymous(&["account", "clear"]).output().unwrap());
    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("b2 account authorize"), "{error}");
}

#[test]
fn a_key_of_the_environment_is_written_nowhere() {
    let world = World::new();
    world.ok(&["bucket", "list"]);
    assert!(world.names("").is_empty(), "{:?}", world.names(""));
    let half = world.b2(&["bucket", "list"]).env_remove("B2_APPLICATION_KEY").output().unwrap();
    let error = failed(&half, 1);
    assert!(error.contains("B2_APPLICATION_KEY is not"), "{error}");
}

#[test]
fn the_stored_account_is_not_used_for_another_realm() {
    let world = World::new();
    authorize(&world);
    let other =
        world.anonymous(&["--realm", "http://127.0.0.1:9", "bucket", "list"]).output().unwrap();
    let error = failed(&other, 1);
    assert!(error.contains(world.server.realm()), "{error}");
}

#[test]
fn a_corrupt_account_file_says_how_to_go_on() {
    let world = World::new();
    world.write("account", "this is no database, and never was one of any kind");
    let list = world.anonymous(&["bucket", "list"]).output().unwrap();
    let error = failed(&list, 1);
    assert!(error.contains("account") && error.contains("authorize again"), "{error}");
    // A key in the environment does not need the file.
    world.ok(&["bucket", "list"]);
}
