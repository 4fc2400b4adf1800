//! The whole way: the server's options, its environment, and the command line.

use std::fs;

use crate::{house::src, server::Server};

#[test]
fn the_server_reads_its_working_directorys_canned_and_the_command_line_tells_what_is_broken() {
    let server = Server::start_with(|dir, _| {
        fs::create_dir(dir.join("canned")).unwrap();
        fs::write(dir.join("canned/shop.src"), src(1001, "shop")).unwrap();
        fs::write(dir.join("canned/half.src"), "{\n\"id\":").unwrap();
    });
    assert!(server.ok(&["connection", "list"]).out.contains("shop"));
    let files = server.run("files");
    assert_eq!(files.code, 1, "{files:?}");
    assert!(files.out.contains("shop.src") && files.out.contains("loaded") && files.out.contains("broken"), "{files:?}");
    assert!(files.words.contains("half.src:2: "), "{files:?}");

    fs::remove_file(server.path("canned/half.src")).unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while server.run("files").code != 0 {
        assert!(std::time::Instant::now() < deadline, "the broken file is still there");
    }
    let said = server.stop();
    assert!(said.contains("half.src"), "{said}");
}

#[test]
fn the_folder_is_named_by_option_or_by_chronografs_variables() {
    let server = Server::start_with(|dir, serve| {
        for (folder, number) in [("canned", 1001), ("by-canned", 1002), ("by-resources", 1003)] {
            fs::create_dir(dir.join(folder)).unwrap();
            fs::write(dir.join(folder).join("a.src"), src(number, folder)).unwrap();
        }
        serve.env("CANNED_PATH", "by-canned").env("RESOURCES_PATH", dir.join("by-resources"));
    });
    let list = server.ok(&["connection", "list"]).out;
    assert!(list.contains("by-resources") && !list.contains("by-canned"), "{list}");
    assert!(server.ok(&["files", "-o", "json"]).out.contains("by-resources"));
}

#[test]
fn the_key_that_seals_secrets_fills_no_template() {
    let key = "kRyoqYvHVv7oU3xYQm2cdY0jR4XWk3l1l1c9Qe0rD0E=";
    let server = Server::start_with(|dir, serve| {
        fs::create_dir(dir.join("canned")).unwrap();
        fs::write(dir.join("canned/a.src"), src(1001, "{{ .TRIBUTARY_KEY }}")).unwrap();
        serve.env("TRIBUTARY_KEY", key);
    });
    let files = server.run("files");
    assert_eq!(files.code, 1, "{files:?}");
    assert!(!format!("{files:?}").contains(key));
}
