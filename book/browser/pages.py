"""The pages of the built book in a browser: is all of them to be seen, and to be used, by everybody?

Arguments: a Chromium, the folder of the book, built for the address $SITE, and the names of checks, if
not all are wanted. `run` calls this.
"""

import io
import os
import sys
import threading
import traceback
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from pypdf import PdfReader

ROOT = Path(__file__).parents[2]
BOOK = Path(sys.argv[2])
SITE = os.environ["SITE"]
WIDTHS = [1400, 1024, 390]
THEMES = ["light", "dark"]
NO_CHAPTERS = ["404", "index", "print", "toc"]
PAGES = sorted(page.stem for page in BOOK.glob("*.html") if page.stem not in NO_CHAPTERS)

# One page of each kind; of the chapters those that have most to show.
KINDS = ["introduction", "start-args", "queue", "golden-files", "from-python", "glossary", "tutorials", "handout"]

# What axe finds in mdBook's own page, whatever its chapters hold.
OF_MDBOOK = [("aria-allowed-attr", "#mdbook-sidebar-toggle")]


class Server(SimpleHTTPRequestHandler):
    """The book as a site below a folder, with its page for addresses that are not there."""

    def translate_path(self, path):
        inside = path.startswith(SITE)
        return super().translate_path("/" + path[len(SITE):] if inside else "/nothing")

    def send_error(self, code, message=None, explain=None):
        page = (BOOK / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self):
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *_):
        pass


OVERFLOWING = """() => {
    for (const details of document.querySelectorAll('main details')) {
        details.open = true;
    }
    const found = [];
    for (const language of ['Rust', 'Python']) {
        document.documentElement.dataset.language = language;
        const blocks = '.content, main pre, main pre > code, main figure';
        for (const block of document.querySelectorAll(blocks)) {
            const more = block.scrollWidth - block.clientWidth;
            if (block.checkVisibility() && more > 1) {
                const text = block.textContent.trim().slice(0, 40);
                found.push(`${block.tagName} ${block.className}: ${more} pixels: ${text}`);
            }
        }
    }
    return found;
}"""


def golden(lesson):
    """The golden file as a page shows it: without the remark how many orders there are."""
    lines = (ROOT / f"tests/golden/{lesson}.txt").read_text().splitlines(True)
    return "".join(line for line in lines if not line.startswith("orders "))


def nothing_is_cut_off(browser):
    page = browser.new_page()
    for name in PAGES:
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.goto(f"{name}.html")
        # At once in its place, as the menu is when a page is loaded at that width.
        page.add_style_tag(content="* { transition: none !important }")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                for block in page.evaluate(OVERFLOWING):
                    yield f"{name}, {width} pixels, {theme}: {block}"


def axe_finds_nothing_serious(browser):
    for theme in THEMES:
        page = browser.new_page(color_scheme=theme)
        for name in KINDS + ["404"]:
            page.goto(f"{name}.html")
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            for violation in Axe().run(page).response["violations"]:
                for node in violation["nodes"]:
                    place = " ".join(map(str, node["target"]))
                    is_ours = (violation["id"], place) not in OF_MDBOOK
                    if is_ours and violation["impact"] in ["serious", "critical"]:
                        yield f"{name}, {theme}: {violation['id']}: {place}"


def the_keyboard_comes_to_the_text(browser):
    for name in ["orphan", "404"]:
        page = browser.new_page()
        page.goto(f"{name}.html")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_text("Skip to the text")
        expect(page.locator(":focus")).to_be_in_viewport()
        page.keyboard.press("Enter")
        page.wait_for_function("location.hash")
        page.keyboard.press("Tab")
        if not page.evaluate("!!document.activeElement.closest('main')"):
            yield f"{name}: the second Tab does not lead into the text"


def shown(page, selector):
    return page.evaluate(
        "s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility()).length", selector
    )


def a_language_stays_chosen(browser):
    page = browser.new_page()
    page.goto("queue.html")
    tabs = page.locator(".twins .languages button")
    expect(tabs).to_have_text(["Rust", "Python"])
    for tab, code, other in [(0, "rust", "python"), (1, "python", "rust")]:
        # Twice: on the tab that is open, Enter changes nothing.
        for _ in range(2):
            tabs.nth(tab).focus()
            page.keyboard.press("Enter")
            expect(tabs.nth(tab)).to_have_attribute("aria-pressed", "true")
            expect(tabs.nth(1 - tab)).to_have_attribute("aria-pressed", "false")
            expect(page.locator(f"code.language-{code}")).to_be_visible()
            expect(page.locator(f"code.language-{other}")).to_be_hidden()

    page.goto("start-args.html")
    expect(page.locator("code.language-python")).to_be_visible()
    expect(page.locator("code.language-rust")).to_be_hidden()
    file = golden("start-args")
    only = [line for line in file.splitlines() if "python only" in line]
    page.locator(".printed > summary").click()
    expect(page.locator(".golden").first).to_be_visible()
    if shown(page, ".golden .line.python-only") != len(only):
        yield "start-args, Python: not all lines of Python's are there"
    page.locator(".golden .languages button", has_text="Rust").click()
    expect(page.locator("code.language-rust")).to_be_visible()
    if shown(page, ".golden .python-only") > 0:
        yield "start-args, Rust: a line of Python's is there"


def what_is_copied_is_the_file(browser):
    page = browser.new_page()
    file = golden("start-args")
    rust = "".join(line for line in file.splitlines(True) if "python only" not in line)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("start-args.html")
        expect(page.locator(".golden figcaption").first).to_contain_text("tests/golden/start-args.txt")
        page.locator(".printed > summary").click()
        page.locator(".golden .copy").first.click()
        expect(page.locator(".golden .copy").first).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        if copied != rust:
            yield f"start-args, {width} pixels, copied:\n{copied}"


def without_a_script_all_is_there(browser):
    page = browser.new_page(java_script_enabled=False)
    page.goto("start-args.html")
    page.locator(".printed > summary").click()
    for language in ["rust", "python"]:
        expect(page.locator(f"code.language-{language}")).to_be_visible()
        expect(page.locator(f".{language}-only > .language")).to_be_visible()
    lines = page.locator(".golden").first.locator(".line, .comment")
    file = golden("start-args").splitlines()
    expect(lines).to_have_count(len(file))
    for number in range(len(file)):
        expect(lines.nth(number)).to_be_visible()


def what_is_to_be_predicted_is_folded(browser):
    page = browser.new_page()
    page.goto("queue.html")
    expect(page.locator(".golden").first).to_be_hidden()
    page.locator(".printed > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".golden").first).to_be_visible()


def pointing_at_a_line_lights_up_its_mark(browser):
    page = browser.new_page()
    page.goto("queue.html")
    page.locator(".printed > summary").click()
    golden, run = page.locator(".printed .golden"), page.locator(".printed figure.run")
    golden.locator(".line", has_text="puts 3").hover()
    expect(run.locator(".lit")).to_contain_text("puts 3")
    run.locator("text", has_text="got 4").hover()
    expect(golden.locator(".lit")).to_contain_text("got 4")
    page.mouse.move(0, 0)
    expect(page.locator(".lit")).to_have_count(0)
    golden.locator("pre").focus()
    for text in ["one writer", "puts 0"]:
        page.keyboard.press("ArrowDown")
        expect(run.locator(".lit")).to_contain_text(text)


def a_printed_page_is_whole(browser):
    page = browser.new_page()
    for name in KINDS:
        page.goto(f"{name}.html")
        headings = page.locator("main :is(h1, h2, h3)").all_text_contents()
        page.emulate_media(media="print")
        hidden = page.evaluate(
            """[...document.querySelectorAll('main :is(p, li, .line, pre)')]
                .filter(e => !e.checkVisibility({ contentVisibilityAuto: true }))
                .map(e => e.textContent.slice(0, 60))"""
        )
        for text in hidden:
            yield f"{name}, printed: not there: {text}"
        sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
        for number, sheet in enumerate(sheets, 1):
            last = (sheet.extract_text().splitlines() or [""])[-1].strip()
            if last in headings or last in ["Rust", "Python"]:
                yield f"{name}, printed: sheet {number} ends with the heading {last!r}"


def the_handout_is_one_sheet(browser):
    page = browser.new_page()
    page.goto("handout.html")
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    if len(sheets) != 1:
        yield f"handout: {len(sheets)} sheets"


def an_address_that_is_not_there(browser):
    page = browser.new_page()
    for address in ["nothing.html", "a/b/nothing"]:
        answer = page.goto(address)
        if answer.status != 404:
            yield f"{address}: status {answer.status}"
        expect(page.locator("main h1")).to_have_text("There is no such page")
        # Its style is loaded.
        expect(page.locator("main")).to_have_css("max-width", "880px")
        page.locator(".sidebar a", has_text="Two readers share one queue").click()
        expect(page.locator("main h1")).to_have_text("Two readers share one queue")


class Pages:
    """New pages of one browser, each without what others have kept, below the site's address."""

    def __init__(self, browser, address):
        self.browser, self.address = browser, address

    def new_page(self, **how):
        permissions = ["clipboard-read", "clipboard-write"]
        how = {"viewport": {"width": 1400, "height": 900}, "permissions": permissions} | how
        return self.browser.new_context(base_url=self.address, **how).new_page()


CHECKS = [
    nothing_is_cut_off,
    axe_finds_nothing_serious,
    the_keyboard_comes_to_the_text,
    a_language_stays_chosen,
    what_is_copied_is_the_file,
    without_a_script_all_is_there,
    what_is_to_be_predicted_is_folded,
    pointing_at_a_line_lights_up_its_mark,
    a_printed_page_is_whole,
    the_handout_is_one_sheet,
    an_address_that_is_not_there,
]


def main():
    assert len(PAGES) > 40, f"only {len(PAGES)} pages in {BOOK}"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, directory=BOOK))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}{SITE}"
    # A condition that holds, holds soon; but not on every machine.
    expect.set_options(timeout=30_000)
    checks = [check for check in CHECKS if check.__name__ in (sys.argv[3:] or [check.__name__])]
    failed = 0
    with sync_playwright() as playwright:
        # Its own sandbox does not work for root, and the pages are ours.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=arguments)
        for check in checks:
            try:
                problems = list(check(Pages(browser, address)) or [])
            except Exception:
                problems = [traceback.format_exc()]
            failed += bool(problems)
            print(check.__name__, "FAILED" if problems else "ok", flush=True)
            for problem in problems:
                print(f"  {problem}", flush=True)
            for context in browser.contexts:
                context.close()
        browser.close()
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
