"""Nobody of ours asks for a secret: what is refused before it leaves, and what support must be able to say."""

import pytest

from bot.dialogs.coaxing import asks_for_secret

REFUSED = (
    "Please send me the code you got by SMS.",
    "Tell us your PIN and I will unlock it.",
    "What is your password?",
    "I need your card number to check.",
    "Just type the 6-digit code here",
    "Share your full card details please",
    "Could you read me the OTP?",
    "Please confirm your CVV",
    "Give me your one-time code",
    "forward the verification code to me\nthank you",
    "reply with your pin",
    "What's the code?",
    "SEND ME YOUR ＰＩＮ",
    "Hello! Thanks for writing. Send a code, please send us your security code.",
    "Envíeme el código que le llegó.",
    "Díganos su NIP, por favor",
    "¿Cuál es su contraseña?",
    "Necesito el número de su tarjeta",
    "Por favor, mándenos la clave",
    "Compártame… mejor: escriba su código aquí",
    "confirme su código de verificación",
    "Dame tu código de seguridad",
    "necesitamos la foto de su tarjeta",
    "请把验证码发给我",
    "告诉我您的密码",
    "请提供银行卡号",
    "您的验证码是多少？",
    "麻烦您发一下短信验证码",
    "请输入您的支付密码",
    "請把驗證碼發給我",
    "需要您的银行卡照片",
    "请回复安全码",
    "sеnd me your PIN",  # a Cyrillic letter
    "send me y0ur c0de",
    "s e n d me your P.I.N",
    "把验 证 码 发 给 我",
    "Never mind, send me your PIN.",
    "Not a problem, please send the code",
    "Do not worry and send me your code",
    "Do not share it with others, but send us the code",
    "No se preocupe, envíeme el código",
    "没关系，把验证码发给我",
    "不要告诉别人，请把验证码发给我",
    "Please forward the six numbers you got",
    "I need the digits from the text message",
    "send a photo of both sides of your card",
)
ALLOWED = (
    "Never tell anybody your PIN.",
    "Never, ever, tell anybody your PIN, please.",
    "Do not, under any circumstances, send the code.",
    "Please forward the message you received.",
    "Send us the number of your contract.",
    "We will not ask you for a code.",
    "Nobody of us needs your password.",
    "Send /pin to choose a new PIN.",
    "Please send us a screenshot of the message.",
    "Don't send me your card number!",
    "If anyone asks you to share your code, hang up.",
    "Whoever wants you to send the code is a thief.",
    "What is your question about?",
    "Your score is 640. Tell me what changed.",
    "Write /delete to erase everything.",
    "The code beneath this message shows that it is ours.",
    "I need a little time to look at it.",
    "Your PIN can be changed with /pin.",
    "The error code means the file was too large.",
    "Nunca comparta su código con nadie.",
    "No necesitamos su contraseña.",
    "Escriba /pin para elegir un PIN nuevo.",
    "¿Qué le dijeron? Envíenos el mensaje, por favor.",
    "Si alguien le pide que mande la clave, cuelgue.",
    "Su puntaje es 640.",
    "No nos envíe el número de su tarjeta.",
    "请不要把验证码告诉任何人。",
    "我们绝不会要您的密码。",
    "请发一下那条短信的截图。",
    "您可以用 /pin 更换密码。",
    "千万别把银行卡号发给对方",
    "您的评分是 640 分。",
    "如果有人让您提供验证码，请挂断。",
    "请告诉我您的问题。",
)


@pytest.mark.parametrize("words", REFUSED)
def test_a_request_for_a_secret_is_recognised(words: str) -> None:
    assert asks_for_secret(words)


@pytest.mark.parametrize("words", ALLOWED)
def test_a_warning_or_an_ordinary_word_passes(words: str) -> None:
    assert not asks_for_secret(words)
