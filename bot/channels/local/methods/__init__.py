"""The methods of the Bot API that Candor uses, by name in small letters: Telegram does not mind the case."""

from collections.abc import Callable

from bot.channels.local.methods import editing, paying, profile, reading, sending, topics
from bot.channels.local.params import Call
from bot.channels.local.world import World

METHODS: dict[str, Callable[[World, Call], object]] = {
    "getme": reading.get_me,
    "getupdates": reading.get_updates,
    "setwebhook": reading.set_webhook,
    "deletewebhook": reading.delete_webhook,
    "getwebhookinfo": reading.get_webhook_info,
    "answercallbackquery": reading.answer_callback_query,
    "getfile": reading.get_file,
    "getchat": reading.get_chat,
    "sendmessage": sending.send_message,
    "sendphoto": sending.send_photo,
    "senddocument": sending.send_document,
    "sendvoice": sending.send_voice,
    "sendchataction": sending.send_chat_action,
    "copymessage": sending.copy_message,
    "forwardmessage": sending.forward_message,
    "sendinvoice": paying.send_invoice,
    "answerprecheckoutquery": paying.answer_pre_checkout_query,
    "refundstarpayment": paying.refund_star_payment,
    "editmessagetext": editing.edit_message_text,
    "editmessagecaption": editing.edit_message_caption,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "editmessagemedia": editing.edit_message_media,
    "deletemessage": editing.delete_message,
    "deletemessages": editing.delete_messages,
    "createforumtopic": topics.create,
    "closeforumtopic": topics.close,
    "reopenforumtopic": topics.reopen,
    "deleteforumtopic": topics.delete,
    "pinchatmessage": topics.pin,
    "setmycommands": profile.set_my_commands,
    "getmycommands": profile.get_my_commands,
    "deletemycommands": profile.delete_my_commands,
    "setmyname": profile.setter("name", 64),
    "getmyname": profile.getter("name"),
    "setmydescription": profile.setter("description", 512),
    "getmydescription": profile.getter("description"),
    "setmyshortdescription": profile.setter("short_description", 120),
    "getmyshortdescription": profile.getter("short_description"),
    "setchatmenubutton": profile.set_chat_menu_button,
    "getchatmenubutton": profile.get_chat_menu_button,
}
