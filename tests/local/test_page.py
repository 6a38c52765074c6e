"""The page in a real browser: what a person at the desk sees and can do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.channels.local import LocalBotApi

from .client import ALEX, LI, Client, inline, png

pytestmark = pytest.mark.browser

Open = Callable[..., Awaitable[Page]]
HOSTILE = "<b>bold?</b><script>document.title='owned'</script><img src=x onerror=alert(1)> &amp;"


@pytest.fixture
async def visit(server: LocalBotApi, client: Client, browser: Browser) -> AsyncIterator[Open]:
    """Open the page; it must not complain about anything until the test is over."""
    complaints: list[str] = []

    async def open_page(hash_: str = str(ALEX), width: int = 1280, height: int = 800, **options: str) -> Page:
        size = {"width": width, "height": height}
        # Still pictures: a bubble that slides in would be measured on its way.
        context = await browser.new_context(viewport=size, reduced_motion="reduce", **options)  # type: ignore[arg-type]  # each is an option of the browser's
        page = await context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        await page.goto(f"{server.url}/#{hash_}")
        await page.wait_for_selector(".pane")
        return page

    yield open_page
    assert complaints == []


async def test_says_hello_and_sees_the_answer(visit: Open, client: Client, server: LocalBotApi) -> None:
    page = await visit()
    await page.get_by_role("textbox", name="Message").fill("two\nlines")
    await page.keyboard.press("Enter")
    await expect(page.locator(".own .text").last).to_have_text("two\nlines")
    (update,) = await client.ok("getUpdates")
    assert update["message"]["text"] == "two\nlines"
    await client.ok("sendChatAction", chat_id=ALEX, action="typing")
    await expect(page.locator(".status")).to_have_text("typing…")
    html = "<b>Hello</b> <i>x</i> <code>y</code> <a href='https://example.org'>z</a> <tg-spoiler>s</tg-spoiler> /help"
    await client.ok("sendMessage", chat_id=ALEX, text=html, parse_mode="HTML")
    answer = page.locator(".message:not(.own) .text")
    await expect(answer).to_have_text("Hello x y z s /help")
    assert await answer.locator("b, i, code").all_text_contents() == ["Hello", "x", "y"]
    assert await answer.locator("a").get_attribute("rel") == "noopener noreferrer"
    await expect(page.locator(".typing")).to_be_hidden()
    await answer.locator(".spoiler").click()
    await expect(answer.locator(".spoiler")).to_have_class("spoiler open")
    await answer.get_by_role("button", name="/help").click()
    await expect(page.locator(".own .text").last).to_have_text("/help")


async def test_presses_an_inline_button(visit: Open, client: Client) -> None:
    page = await visit()
    sent = await client.ok(
        "sendMessage", chat_id=ALEX, text="Choose", reply_markup=inline(("Yes", "y"), ("No", "n"))
    )
    await page.get_by_role("button", name="Yes").click()
    (update,) = await client.ok("getUpdates", timeout=5)
    query = update["callback_query"]
    assert (query["data"], query["message"]["message_id"]) == ("y", sent["message_id"])
    await expect(page.locator(".key.waiting")).to_have_count(1)
    await client.ok("answerCallbackQuery", callback_query_id=query["id"], text="noted")
    await expect(page.locator(".toast")).to_have_text("noted")
    await expect(page.locator(".key.waiting")).to_have_count(0)
    await page.get_by_role("button", name="No").click()
    (update,) = await client.ok("getUpdates", offset=update["update_id"] + 1, timeout=5)
    answer = {"callback_query_id": update["callback_query"]["id"], "text": "careful", "show_alert": True}
    await client.ok("answerCallbackQuery", **answer)
    await expect(page.locator("#alert")).to_contain_text("careful")
    await page.keyboard.press("Escape")
    await expect(page.locator("#alert")).to_be_hidden()


async def test_shares_a_contact(visit: Open, client: Client) -> None:
    page = await visit()
    keyboard = {
        "keyboard": [[{"text": "Share", "request_contact": True}], ["Cancel"]],
        "one_time_keyboard": True,
    }
    await client.ok("sendMessage", chat_id=ALEX, text="Your phone?", reply_markup=keyboard)
    for whose, phone in (("Alex Morgan (my own)", "+12025550142"), ("李梅", "+8613800138000")):
        await page.locator(".reply-keyboard").get_by_role("button", name="Share").click()
        await page.get_by_label("Whose").select_option(whose)
        await page.locator("#contact").get_by_role("button", name="Share").click()
        await expect(page.locator(".card").last).to_contain_text(phone)
    updates = await client.ok("getUpdates")
    assert [update["message"]["contact"]["user_id"] for update in updates] == [ALEX, LI]
    await page.locator(".reply-keyboard").get_by_role("button", name="Cancel").click()
    await expect(page.locator(".own .text").last).to_have_text("Cancel")
    await expect(page.locator(".reply-keyboard")).to_be_hidden()
    await client.ok("sendMessage", chat_id=ALEX, text="Gone", reply_markup={"remove_keyboard": True})
    await expect(page.get_by_role("button", name="Bot keyboard")).to_be_hidden()


async def test_files_both_ways(visit: Open, client: Client, tmp_path: Path) -> None:
    page = await visit()
    (tmp_path / "收入 2025.txt").write_bytes(b"income")
    (tmp_path / "face.png").write_bytes(png())
    for kind, name in (("File", "收入 2025.txt"), ("Photo", "face.png")):
        await page.get_by_role("button", name="Attach").click()
        async with page.expect_file_chooser() as chooser:
            await page.get_by_role("menuitem", name=kind).click()
        await (await chooser.value).set_files(tmp_path / name)
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name="Voice").click()
    await expect(page.locator("audio")).to_have_count(1)
    document, photo, voice = [update["message"] for update in await client.ok("getUpdates")]
    assert document["document"]["file_name"] == "收入 2025.txt"
    assert photo["photo"][0]["width"] == 40
    assert voice["voice"]["mime_type"] == "audio/ogg"
    await client.ok("sendDocument", chat_id=ALEX, document=b"%PDF report", caption="Your report")
    await client.ok("sendPhoto", chat_id=ALEX, photo=png(80, 60), caption="Your score")
    async with page.expect_download() as download:
        await page.locator(".message:not(.own) .file").click()
    assert (await (await download.value).path()).read_bytes() == b"%PDF report"
    shown = "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    assert await page.locator(".message:not(.own) .picture img").evaluate(shown) == [80, 60]
    await page.locator(".message:not(.own) .picture").click()
    await expect(page.locator("#photo img")).to_be_visible()
    await page.keyboard.press("Escape")


async def _height(place: Locator) -> float:
    box = await place.bounding_box()
    assert box is not None
    return box["y"]


async def test_edits_and_deletions_happen_in_place(visit: Open, client: Client, server: LocalBotApi) -> None:
    page = await visit()
    first = await client.ok("sendMessage", chat_id=ALEX, text="first", reply_markup=inline(("a", "a")))
    for number in range(40):
        await client.ok("sendMessage", chat_id=ALEX, text=f"line {number}")
    await expect(page.locator(".message")).to_have_count(42)
    log, middle = page.locator(".log"), page.locator(".text", has_text="line 20")
    await middle.evaluate("node => node.scrollIntoView({block: 'center'})")
    place = await _height(middle)
    here = {"chat_id": ALEX, "message_id": first["message_id"]}
    await client.ok(
        "editMessageText", **here, text="edited\nand\nmuch\nlonger", reply_markup=inline(("b", "b"))
    )
    await expect(page.locator(".message").nth(1)).to_contain_text("edited")
    assert abs(await _height(middle) - place) < 2
    await client.ok("deleteMessage", **here)
    await expect(page.locator(".message")).to_have_count(41)
    assert abs(await _height(middle) - place) < 2
    await page.get_by_role("button", name="To the latest message").click()
    await page.wait_for_function(
        "log => log.scrollHeight - log.scrollTop - log.clientHeight < 2", arg=await log.element_handle()
    )


async def test_nothing_a_person_or_the_bot_writes_becomes_markup(
    visit: Open, client: Client, server: LocalBotApi
) -> None:
    page = await visit()
    await page.get_by_role("textbox", name="Message").fill(HOSTILE)
    await page.keyboard.press("Enter")
    await expect(page.locator(".own .text").last).to_have_text(HOSTILE)
    await client.ok("sendMessage", chat_id=ALEX, text=HOSTILE, reply_markup=inline((HOSTILE, "x")))
    await client.ok("sendMessage", chat_id=ALEX, text="reply", reply_parameters={"message_id": 2})
    await client.ok("setMyDescription", description=HOSTILE)
    await client.ok("setMyCommands", commands=[{"command": "x", "description": HOSTILE}])
    await server.person(ALEX).send_document(f"{HOSTILE}.txt".replace("/", "_"), b"x", caption=HOSTILE)
    await expect(page.locator(".message")).to_have_count(5)
    await page.get_by_role("button", name="Commands").click()
    await expect(page.locator(".commands li")).to_contain_text("<script>")
    assert (
        await page.locator(".log script, .log img, .log b:not(.file b), .commands img, nav img").count() == 0
    )
    assert await page.title() == "Candor"


async def test_fits_a_phone(visit: Open, client: Client, server: LocalBotApi) -> None:
    words = "Pneumonoultramicroscopicsilicovolcanoconiosis" * 4
    await client.ok(
        "sendMessage",
        chat_id=ALEX,
        text=words,
        reply_markup=inline((words[:60], "a"), ("b", "b"), ("c", "c")),
    )
    await client.ok("sendPhoto", chat_id=ALEX, photo=png(900, 300), caption=words)
    await client.ok(
        "sendDocument", chat_id=ALEX, document=b"x", caption="<pre>" + words + "</pre>", parse_mode="HTML"
    )
    keyboard = {"keyboard": [[words[:50], "b", "c"]]}
    await client.ok("sendMessage", chat_id=ALEX, text="https://example.org/" + words, reply_markup=keyboard)
    page = await visit(width=390, height=844)
    await expect(page.locator(".message")).to_have_count(5)
    wide = "n => n.scrollWidth > n.clientWidth + 1"
    boxes = "document.querySelectorAll('body, main, .log, .bubble, footer')"
    assert await page.evaluate(f"[...{boxes}].filter({wide}).map(n => n.className || n.tagName)") == []
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    await expect(page.locator("textarea")).to_be_in_viewport()
    await page.get_by_role("button", name="李梅").click()
    await expect(page.locator(".pane")).to_have_count(1)
    await expect(page.locator(".status")).to_contain_text("李梅")


async def test_works_by_keyboard_alone(visit: Open, client: Client) -> None:
    await client.ok(
        "setMyCommands",
        commands=[{"command": name, "description": name} for name in ("start", "stop", "help")],
    )
    page = await visit(str(LI))
    await page.get_by_role("button", name="Alex Morgan").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("textarea")).to_be_focused()
    await page.keyboard.type("/st")
    await expect(page.locator(".commands").get_by_role("option")).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_be_hidden()
    await page.keyboard.type("o")
    await page.keyboard.press("Enter")
    await expect(page.locator(".own .text").last).to_have_text("/stop")
    await page.keyboard.type("mistake")
    await page.keyboard.press("Enter")
    await expect(page.locator(".own .text").last).to_have_text("mistake")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("corrected")
    await page.keyboard.press("Enter")
    await expect(page.locator(".own .text").last).to_have_text("mistake\ncorrected")
    await client.ok("sendMessage", chat_id=ALEX, text="?", reply_markup=inline(("Yes", "y")))
    await page.get_by_role("button", name="Yes").wait_for()
    for _ in range(12):
        await page.keyboard.press("Shift+Tab")
        if await page.evaluate("document.activeElement.textContent") == "Yes":
            break
    await page.keyboard.press("Space")
    await expect(page.locator(".key.waiting")).to_have_count(1)
    kinds = [next(iter(set(update) - {"update_id"})) for update in await client.ok("getUpdates")]
    assert kinds == ["message", "message", "edited_message", "callback_query"]


async def test_writes_in_every_direction(visit: Open, client: Client) -> None:
    page = await visit()
    await page.get_by_role("textbox", name="Message").fill("أريد قرضا صغيرا")
    assert await page.locator("textarea").evaluate("node => getComputedStyle(node).direction") == "rtl"
    await page.keyboard.press("Enter")
    await client.ok("sendMessage", chat_id=ALEX, text="Your score is 642")
    directions = "nodes => nodes.map(node => getComputedStyle(node).direction)"
    await expect(page.locator(".text")).to_have_count(3)
    assert await page.locator(".text").evaluate_all(directions) == ["ltr", "rtl", "ltr"]
    await page.get_by_label("Language of this person").select_option("zh-hans")
    await expect(page.locator("ol[lang='zh-Hans']")).to_have_count(1)


async def test_several_people_side_by_side(visit: Open, client: Client, server: LocalBotApi) -> None:
    page = await visit(f"{LI},{ALEX}", locale="zh-CN", color_scheme="dark")
    await expect(page.locator(".pane")).to_have_count(2)
    await page.get_by_role("button", name="开始").click()
    await expect(page.locator(f".pane[data-person='{LI}'] .own .text")).to_have_text("/start")
    await server.person(700004).say("hi")
    await client.ok("sendMessage", chat_id=700004, text="for Sam")
    await expect(page.get_by_role("button", name="Sam, 1 未读")).to_be_visible()
    await page.get_by_role("button", name="Sam").click()
    await expect(page.locator(".pane")).to_have_count(3)
    await expect(page.get_by_role("button", name="Sam", exact=True)).to_be_visible()


async def test_blocks_and_unblocks_the_bot(visit: Open, client: Client) -> None:
    page = await visit()
    await page.get_by_role("button", name="Block the bot", exact=True).click()
    await expect(page.locator(".composer")).to_be_hidden()
    assert "blocked" in await client.refused("sendMessage", chat_id=ALEX, text="x")
    await page.get_by_role("button", name="Unblock the bot").click()
    await expect(page.locator(".composer")).to_be_visible()


async def test_comes_back_after_a_break(visit: Open, client: Client, server: LocalBotApi) -> None:
    page = await visit()
    await page.context.set_offline(True)
    server._world.events.end()
    await expect(page.locator("#offline")).to_be_visible()
    await client.ok("sendMessage", chat_id=ALEX, text="while you were away")
    await page.context.set_offline(False)
    await expect(page.locator(".text").last).to_have_text("while you were away", timeout=8000)
    await expect(page.locator("#offline")).to_be_hidden()
