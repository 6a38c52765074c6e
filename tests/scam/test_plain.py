"""Scams in their plainest words, and good faith in its plainest: neither may be got wrong."""

from engine.scam import check

SCAMS = """
advance_fee|Your loan of $10,000 is approved. Pay a processing fee of $300 before disbursement.
advance_fee|Su crédito fue aprobado, deposite $900 de seguro para liberar
advance_fee|您的贷款已审批通过，放款前需缴纳手续费500元
advance_fee|貸款已核准，撥款前請先匯保證金一萬元
advance_fee|they want me to pay an insurance fee first before I get the loan
advance_fee|me piden un pago por adelantado para darme el préstamo, ¿es normal?
advance_fee|对方说要先交保证金才能放款
unfreeze|您的银行卡号填写错误，账户被冻结，需缴纳解冻金
unfreeze|Your account is frozen because of a wrong account number. Pay 30% to unfreeze.
unfreeze|Su cuenta fue congelada por un número equivocado, pague para desbloquear
brushing|你的流水不足，需要刷流水，把钱转到指定账户
brushing|We will boost your bank statement, send the money back after it arrives
brushing|Necesitamos hacer movimientos en tu cuenta para que te aprueben
credit_repair|征信修复，逾期记录消除，内部渠道，包成功
credit_repair|We delete negative items from your credit report in 48 hours, guaranteed, $200
credit_repair|Borramos tu reporte del buró, garantizado
close_account|需要注销您的校园贷账户，否则影响征信，请把额度清零转到指定账户
close_account|To cancel your student loan account you must withdraw the limit and transfer it to the safe account
close_account|Para cancelar su cuenta de crédito retire el límite y transfiera a la cuenta segura
rate_cut|您的利率过高不符合国家规定，需要下调利率
rate_cut|Your interest rate violates policy and must be adjusted with us now
rate_cut|Su tasa de interés es ilegal y debemos ajustarla hoy
screen_share|请下载腾讯会议并开启屏幕共享
screen_share|Download AnyDesk and share the nine digit code so I can process your loan
screen_share|Instale TeamViewer y comparta su pantalla para procesar el crédito
code_theft|请把验证码发给我
code_theft|Tell me the OTP you received to cancel the loan
code_theft|Deme el código que le llegó para depositar su préstamo
fake_app|下载我们的专属APP，应用商店搜不到，点击安装包
fake_app|Download our loan app from this APK link, it is not in the store
fake_app|Descargue nuestra app desde este enlace apk, no está en la tienda
phishing|您的额度即将失效，请点击链接认证 http://ccb1.top/x
phishing|Your account will be blocked today, click to verify: http://bank-verify.top
phishing|Su cuenta será bloqueada, haga clic para verificar sus datos: http://banco-seguro.xyz
impersonation|我是公安局民警，你涉嫌洗钱，不要告诉家人
impersonation|This is an RBI officer, there is a court notice against you, do not tell your bank
impersonation|Le habla la policía, tiene una orden por su préstamo, no le diga a nadie
guaranteed_approval|无视征信，黑户可贷，秒批到账
guaranteed_approval|Guaranteed approval, bad credit ok, no credit check, instant cash
guaranteed_approval|Préstamos sin buró, aprobación garantizada para todos
ab_loan|你帮我做个见证人，刷个脸，走个过场，不用你还
ab_loan|You are only a witness, just verify your face, you won't have to pay
ab_loan|Solo eres testigo, una foto de tu cara, no tienes que pagar nada
loan_shark|借5000到手3500，7天还5000
loan_shark|Borrow 1000 get 700, repay 1000 in 7 days
loan_shark|Pides 1000 te doy 700 y devuelves 1000 en 7 días
double_contract|借10万合同写20万，先签空白合同
double_contract|Sign the blank contract, we write a higher amount on paper
double_contract|Firme el contrato en blanco, luego ponemos el monto
debt_shaming|再不还钱就爆你通讯录，群发你的P图
debt_shaming|Pay now or we will message all your contacts and post your photo
debt_shaming|Pague o mandamos su foto a todos sus contactos
debt_agent|代理维权，停息挂账，债务清零，先付服务费
debt_agent|We eliminate your debt, stop paying the bank and pay us instead
debt_agent|Eliminamos sus deudas, deje de pagar al banco y firme el poder
fake_overdue|您的贷款已逾期，今日不还将上报征信并起诉，点此还款
fake_overdue|Your loan is overdue, legal action today, pay to this account now
fake_overdue|Su préstamo está vencido, pague hoy en esta cuenta o habrá embargo
"""
GENUINE = """
Never pay a fee before receiving a loan. It is a scam.
Beware: fraudsters ask you to share your screen with AnyDesk.
We will never ask for your OTP or PIN.
Bancos nunca piden códigos ni claves por teléfono.
警方提醒：放款前要求缴纳手续费的都是诈骗
我们不会索要您的验证码
Police warn about loan scams asking for upfront insurance fees
La policía alerta de estafas con préstamos que piden un pago por adelantado
反诈中心提醒：凡是要求共享屏幕的都是诈骗
Your loan payment of $212 is due on 5 May. Account ending 4471.
您的贷款本期应还2315元，还款日7月20日，请确保余额充足
Su pago de $1,200 vence el 12 de mayo. Contrato 4471.
Your processing fee of 2% was deducted from the loan amount. APR 14.2%.
放款时从贷款金额中扣除开办费3000元，总费用年百分率4.7%
Do I have to pay a fee before I get the loan?
放款前要交手续费吗？
¿Tengo que pagar algo antes de recibir el préstamo?
Can you be my guarantor? I'll send you the contract to read.
Your account is frozen after three wrong passwords. Visit a branch to unlock it, free of charge.
Can you lend me 50 until Friday?
验证码 123456，请勿告诉任何人
Your code is 448210
Tu código es 448210, no lo compartas
明天上午十点腾讯会议，大家准时参加
Join the Zoom meeting and share your screen please
El paquete llega mañana
my loan was approved today, so happy
Me aprobaron el crédito de la casa!
房贷批下来了，好开心
How do I dispute a wrong late payment on my report?
"""


def test_plain_scams_are_told_and_named() -> None:
    cases = [line.split("|") for line in SCAMS.strip().splitlines()]
    found = [(kind, check(text)) for kind, text in cases]
    told = [(kind, one) for kind, one in found if one.verdict != "no_sign"]
    assert len(told) >= 0.95 * len(found)
    assert sum(one.verdict == "scam" for _, one in found) >= 0.8 * len(found)
    assert sum(kind in (one.kind, *one.also) for kind, one in told) >= 0.95 * len(told)


def test_plain_good_faith_is_never_called_a_scam() -> None:
    found = [check(line).verdict for line in GENUINE.strip().splitlines()]
    assert "scam" not in found
    assert found.count("suspicious") <= 0.05 * len(found)
