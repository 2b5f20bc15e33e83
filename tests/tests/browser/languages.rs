//! The languages of the page.

use serde_json::{Value, json};

use crate::display::{SMALL, WIDER};
use crate::page::TestPage;

impl TestPage {
    async fn open_in(&self, query: &str) {
        let url = format!("{}/?{query}", self.site.page_url());
        self.browser.client.goto(&url).await.unwrap();
        self.ready().await;
    }
}

/// Returns the elements whose text or label is not that of the language.
fn untranslated(language: &str) -> String {
    format!(
        "await import('/strings/{language}.js').then(({{ default: sentences }}) => [
            ...[...document.querySelectorAll('[data-text]')]
                .filter((element) => element.id !== 'pause-all' && element.textContent !== sentences[element.dataset.text]),
            ...[...document.querySelectorAll('[data-label]')]
                .filter((element) => element.getAttribute('aria-label') !== sentences[element.dataset.label]),
        ].map((element) => element.outerHTML))"
    )
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_page_is_translated() {
    let page = TestPage::new().await;
    for (language, name, total, added) in [
        ("en", "en.bin", "1 file · 12\u{a0}MB stored", "1 file added."),
        ("de", "de.bin", "1 Datei · 12\u{a0}MB gespeichert", "1 Datei hinzugefügt."),
        ("es", "es.bin", "1 archivo · 12\u{a0}MB guardados", "1 archivo añadido."),
    ] {
        page.open_in(&format!("lang={language}")).await;
        let html = page
            .browser
            .evaluate("[document.documentElement.lang, document.documentElement.dir]")
            .await;
        assert_eq!(html, json!([language, "ltr"]));
        assert_eq!(page.browser.eventually(&untranslated(language)).await, json!([]), "{language}");
        let path = page.file(name, 12_000_345);
        page.pick(std::slice::from_ref(&path)).await;
        page.until_added(added).await;
        page.until_state(name, "done").await;
        assert_eq!(page.total().await, total);
        page.browser
            .until(&format!(
                "document.querySelector('[data-stored=\"ada/{name}\"] .detail')?.textContent.includes('12')"
            ))
            .await;
        // Longer words fit, too.
        for width in [1280, 360] {
            page.resize(width, 800).await;
            assert_eq!(page.browser.evaluate(WIDER).await, 0, "{language}, {width}");
            assert_eq!(
                page.browser.evaluate(SMALL).await,
                Value::Array(Vec::new()),
                "{language}, {width}"
            );
        }
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Chromium and the npm package; `cargo xtask test` runs it"]
async fn the_language_is_that_of_the_browser() {
    let page = TestPage::new().await;
    let languages =
        "Object.defineProperty(navigator, 'languages', { get: () => ['fr-CA', 'es-MX', 'de'] });";
    page.browser.before_each_page(languages).await;
    page.open().await;
    assert_eq!(page.browser.evaluate("document.documentElement.lang").await, "es");
    assert_eq!(page.browser.evaluate("document.title").await, "Archivos");
    page.open_in("lang=de").await;
    assert_eq!(page.browser.evaluate("document.title").await, "Dateien");
    page.open_in("lang=xx").await;
    assert_eq!(page.browser.evaluate("document.documentElement.lang").await, "es");
    page.close().await;
}
