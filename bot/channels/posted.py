"""Posted: what is done in the staff group, told apart from what people do in their private chats."""

from telegram import Message, Update

from bot.dialogs.event import Event, Posted


def posted(update: Update, event: Event, group: int) -> Event:
    """Give an event as one of the staff group where it happened there, with the number of its topic."""
    message = update.effective_message
    if not group or not isinstance(message, Message) or message.chat.id != group:
        return event
    return Posted(message.message_thread_id or 0, event)
