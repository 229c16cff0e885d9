"""A small bill of each kind, as the service prints it: two rows, and a summary where there is one.

Headers: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml, chapter4_1_14
and chapter4_1_34; the summaries are ours.
"""

DISTRIBUTION_HEADER = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description\r\n"
)
DISTRIBUTION_ROW = (
    "`2026-01-01 09:05:00,`1900000001,`1900000001,`,`4200000001202601050000000001,`3008,`D-1,`3009,"
    "`86693852,`2.00,`CNY,`,`,`,`DISTRIBUTE,`SUCCESS,`分给商户A\r\n"
)
DISTRIBUTION = (
    DISTRIBUTION_HEADER
    + DISTRIBUTION_ROW
    + DISTRIBUTION_ROW.replace("`2.00", "`0.05")
    + "count,amount\r\n`2,`2.05\r\n"
).encode()

REFUND_HEADER = (
    "Refund apply time,Refund success time,Wechat refund number(refund_id),"
    "Vendor refund number(out_refund_no),Wechat order number(transaction_id),"
    "Vendor order number(out_transaction_id),Refund amount(refund_fee),Currency type,"
    "Coupon refund amount,Payer's refund amount,Payer's refund currency type,Rate,"
    "Refund source,Refund state\r\n"
)
REFUND_ROW = (
    "`2026-01-01 10:00:00,`2026-01-01 10:01:00,`5020,`R-1,`4200000001202601050000000001,`P-1,"
    "`3.00,`CNY,`0.00,`328,`JPY,`,`REFUND_SOURCE_UNSETTLED_FUNDS,`SUCCESS\r\n"
)
REFUNDS = (
    REFUND_HEADER
    + REFUND_ROW
    + REFUND_ROW.replace("`R-1", "`R-2").replace("`3.00", "`0.25")
    + "count,amount\r\n`2,`3.25\r\n"
).encode()

_STATEMENT_COLUMNS = (
    "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,"
    "付款银行,充值券币种,充值券金额,优惠券币种,优惠券金额,微信退款单号,商户退款单号,退款类型,"
    "退款状态,商品名称,商户数据包,手续费,费率,标价币种,订单金额(标价币种),用户支付币种,用户支付金额,"
    "结算币种,应结订单金额,支付汇率,退款汇率,申请退款金额,用户退款币种,用户退款金额,退款结算币种,"
    "退款应结订单金额,充值券退款金额,优惠券退款金额"
)
_PAYMENT = {
    "交易时间": "2026-01-01 09:00:00",
    "商户号": "1900000001",
    "微信订单号": "4200000001202601050000000001",
    "商户订单号": "P-1",
    "交易状态": "SUCCESS",
    "商品名称": "茶, tea",
    "手续费": "0.10",
    "标价币种": "CNY",
    "订单金额(标价币种)": "10.00",
    "结算币种": "CNY",
    "应结订单金额": "10.00",
}
_REFUND = {"微信退款单号": "5020", "商户退款单号": "R-1", "退款状态": "PROCESSING"} | {
    "申请退款金额": "3.00",
    "退款结算币种": "CNY",
    "退款应结订单金额": "3.00",
}


def _line(facts):
    return ",".join(f"`{facts.get(name, '')}" for name in _STATEMENT_COLUMNS.split(","))


STATEMENT_HEADER = _STATEMENT_COLUMNS + "\r\n"
STATEMENT = (
    STATEMENT_HEADER + _line(_PAYMENT) + "\r\n" + _line(_PAYMENT | _REFUND) + "\r\n"
).encode()
