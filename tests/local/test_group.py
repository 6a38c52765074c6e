"""A supergroup with topics: what an administrator may do there, what is refused, what is told of people."""

from typing import Any

import pytest

from bot.channels.local import LocalBotApi
from bot.channels.local.group import Group

from .client import ALEX, Client, inline
from .schema import check, check_result

CHAT = -1_009_000_000_001


@pytest.fixture
def group(server: LocalBotApi) -> Group:
    return server.add_forum(CHAT, "Support")


async def made(client: Client) -> int:
    topic: dict[str, Any] = await client.ok("createForumTopic", chat_id=CHAT, name="#1 My score")
    check_result("createForumTopic", topic)
    return int(topic["message_thread_id"])


async def test_a_topic_is_made_written_into_closed_and_deleted(client: Client, group: Group) -> None:
    thread = await made(client)
    said = await client.ok("sendMessage", chat_id=CHAT, message_thread_id=thread, text="hello")
    check_result("sendMessage", said)
    assert (said["message_thread_id"], said["is_topic_message"]) == (thread, True)
    assert said["chat"] == {"id": CHAT, "type": "supergroup", "title": "Support", "is_forum": True}
    check_result(
        "pinChatMessage", await client.ok("pinChatMessage", chat_id=CHAT, message_id=said["message_id"])
    )
    check_result(
        "closeForumTopic", await client.ok("closeForumTopic", chat_id=CHAT, message_thread_id=thread)
    )
    again = await client.refused("closeForumTopic", chat_id=CHAT, message_thread_id=thread)
    assert again == "400 Bad Request: TOPIC_NOT_MODIFIED"
    check_result(
        "reopenForumTopic", await client.ok("reopenForumTopic", chat_id=CHAT, message_thread_id=thread)
    )
    assert [one["text"] for one in group.messages(thread)] == ["hello"]
    check_result(
        "deleteForumTopic", await client.ok("deleteForumTopic", chat_id=CHAT, message_thread_id=thread)
    )
    assert group.messages(thread) == []


async def test_who_is_no_administrator_can_write_and_no_more(client: Client, group: Group) -> None:
    thread = await made(client)
    said = await client.ok("sendMessage", chat_id=CHAT, message_thread_id=thread, text="hello")
    group.forum.admin = False
    for method, more, why in (
        ("createForumTopic", {"name": "x"}, "not enough rights to create a topic"),
        ("closeForumTopic", {"message_thread_id": thread}, "not enough rights to manage topics"),
        ("pinChatMessage", {"message_id": said["message_id"]},
         "not enough rights to manage pinned messages in the chat"),
    ):  # fmt: skip
        assert await client.refused(method, chat_id=CHAT, **more) == f"400 Bad Request: {why}"


async def test_what_is_not_there_is_refused(client: Client, group: Group, server: LocalBotApi) -> None:
    assert group.id == CHAT
    await server.person(ALEX).say("/start")
    for method, params, why in (
        ("createForumTopic", {"chat_id": ALEX, "name": "x"}, "the chat is not a forum"),
        ("createForumTopic", {"chat_id": CHAT, "name": "x" * 129}, "topic name is too long"),
        ("createForumTopic", {"chat_id": CHAT, "name": ""}, "TOPIC_TITLE_EMPTY"),
        ("reopenForumTopic", {"chat_id": CHAT, "message_thread_id": 77}, "message thread not found"),
        ("sendMessage", {"chat_id": CHAT, "message_thread_id": 77, "text": "x"}, "message thread not found"),
        ("pinChatMessage", {"chat_id": CHAT, "message_id": 77}, "message to pin not found"),
    ):  # fmt: skip
        assert await client.refused(method, **params) == f"400 Bad Request: {why}"


async def test_what_people_do_there_comes_with_their_names(
    client: Client, group: Group, server: LocalBotApi
) -> None:
    thread = await made(client)
    keys = inline(("a", "a"))
    said = await client.ok("sendMessage", chat_id=CHAT, message_thread_id=thread, text="x", reply_markup=keys)
    alex = group.member(server.person(ALEX).person)
    await alex.write(thread, "hello")
    await alex.write(0, "lunch?")
    await alex.drop(thread, "a.pdf", b"%PDF")
    await alex.press(said["message_id"], "a")
    updates = await client.ok("getUpdates")
    for update in updates:
        check(update, "Update")
    told = [update.get("message") or update["callback_query"]["message"] for update in updates]
    assert [one.get("message_thread_id") for one in told] == [thread, None, thread, thread]
    assert {one["chat"]["id"] for one in told} == {CHAT}
    assert updates[0]["message"]["from"]["id"] == ALEX
    assert updates[3]["callback_query"]["from"]["id"] == ALEX
