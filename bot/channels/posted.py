"""Posted: what is done in the staff group, told apart from what people do in their private chats; and commands."""

from telegram import Message, Update

from bot.dialogs.event import Command, Event, Posted


def posted(update: Update, event: Event, group: int) -> Event:
    """Give an event as one of the staff group where it happened there, with the number of its topic."""
    message = update.effective_message
    if not group or not isinstance(message, Message) or message.chat.id != group:
        return event
    return Posted(message.message_thread_id or 0, event)


def command_of(message: Message | None, group: int, ours: str) -> Command | None:
    """Give a command; None for one that is meant for another bot of the staff group."""
    if message is None:
        return None
    first, *rest = (message.text or "/").split(None, 1)
    name, _, addressed = first[1:].partition("@")
    if group and message.chat.id == group and addressed and addressed.lower() != ours.lower():
        return None
    if addressed.isdigit():  # no bot is called that, but a card may be typed so
        rest = [addressed, *rest]
    return Command(name.lower(), " ".join(rest), message.message_id)
