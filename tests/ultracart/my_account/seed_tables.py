"""The tables of the vendor's MyAccount page, written down as they stand there, slips and all.

A field is its name, its type, what the page says of being required, and of being edited, where it has such
columns. `?` before a name: the stored page has lost it, and it was restored. `+` after one: the name stands
for two fields, of which the other ends in `Formatted`. After a type, `@iso`, `@time` and `@day` are the forms
that the comment names (ISO-8601, dd MMM yyyy HH:mm:ss, DD-MMM-YYYY).
"""

SEED_MODELS = {
    "Address": """
        id int Yes*; company string(50) No; firstName string(30) Yes; lastName string(30) Yes;
        address1 string(32) Yes; address2 string(32) No; city string(32) Yes; state string(32) Yes;
        postalCode string(20) Yes; country string(32) Yes; title string(50) No; dayPhone string(25) No;
        eveningPhone string(25) No;
    """,
    "Case": """
        caseOid string Yes* No; merchantId string(5) Yes No; orderId string(30) Yes No;
        ?email string(100) Yes Yes; customerProfileId string Yes No; creationDate string@iso No No;
        creationDateFormatted string@time No No; subject string(200) Yes Yes; status string(50) Yes Yes;
        lastUpdateDate string@iso No No; lastUpdateDateFormatted string@time No No;
        messages CaseMessage[] No Insert;
    """,
    "CaseMessage": """
        caseMessageOid String Yes* No; caseOid string Yes* No; message string(2000) Yes No;
        messageSender string(20) No No; messageDate string@iso No No;
        messageDateFormatted string@time No No;
    """,
    "ChangePasswordRequest": """
        oldPassword string(30) Yes* No; newPassword string(30) Yes* No;
    """,
    "CreditCard": """
        merchantId string(30) Yes* No; customerProfileId string(30) Yes* No; id id Yes* No;
        cardType string Yes Yes; cardExpMonth int Yes Yes; cardExpYear int Yes Yes;
        cardNumber string Yes Yes; lastUsedDate string@iso No No; lastUsedDateFormatted string@time No No;
    """,
    "CustomerCredentials": """
        merchantId string(50) Yes N/A; ?email string(100) Yes N/A; password string(30) Yes N/A;
    """,
    "MyAccount": """
        merchantId string(5) Yes; customerProfileId int Yes*; title string(50) No; company string(50) No;
        firstName string(30) Yes; lastName string(30) Yes; address1 string(32) Yes; address2 string(32) No;
        city string(32) Yes; state string(32) Yes; postalCode string(20) Yes; country string(32) Yes;
        title string(50) No; dayPhone string(25) No; eveningPhone string(25) No; fax string(32) No;
        taxId string(15) No; password string(30) No;
    """,
    "NotReviewedItem": """
        merchantId string(5); itemId string(30); merchantItemOid string; lastOrderDate string@iso;
        lastOrderDateFormatted string@time; item Item;
    """,
    "Order": """
        labels hash; merchantId string; customerProfileId int; orderId string; rejected boolean;
        themeCode string; creationDate string@iso; creationDateFormatted string@day; shipOnDate string@iso;
        shipOnDateFormatted string@day; saturdayDelivery boolean; rejectedDate string@iso;
        rejectedDateFormatted string@day; quoteExpirationDate string@iso;
        quoteExpirationDateFormatted string@day; status string; testOrder boolean; shippingMethod string;
        shippingMethodName string; shippingMethodDetailed string; shippingMethodCompany string;
        shipping3rdPartyAccountNumber string; ?email string; ccEmails string[]; giftEmail string;
        billToCompany string; billToTitle string; billToFirstName string; billToLastName string;
        billToAddress1 string; billToAddress2 string; billToCity string; billToState string;
        billToPostalCode string; billToCountry string; billToDayPhone string; billToEveningPhone string;
        shipToCompany string; shipToTitle string; shipToFirstName string; shipToLastName string;
        shipToAddress1 string; shipToAddress2 string; shipToCity string; shipToState string;
        shipToPostalCode string; shipToCountry string; shipToDayPhone string; shipToEveningPhone string;
        gift boolean; liftGate boolean; shipToResidential boolean; hidePaymentInformation boolean;
        refundPresent boolean; taxShipping boolean; taxCounty string; referralCode string;
        advertisingSource string; paymentMethod string; paymentNote string; cardType string;
        cardNumber string; coupons Coupon; items Item[]; giftWrapTitle string; giftWrapCost+ number;
        hasDiscount boolean; hasRefund boolean; subtotalBeforeDiscount+ number; discount+ number;
        subtotal+ number; subtotalRefunded+ number; taxRate+ number; shippingHandlingDiscount+ number;
        shippingHandlingTotal+ number; shippingHandlingRefunded+ number; tax+ number; taxRefunded+ number;
        giftCharge+ number; surcharge+ number; showBuysafe boolean; buysafeCost+ number;
        buysafeRefunded+ number; ?showInsureShip boolean; ?insureShipCost+ number;
        ?insureShipRefunded+ number; total+ number; totalRefunded+ number; showCurrencyWarning boolean;
        currencyWarning string; giftCertificateCode string; giftCertificateAmount+ number;
        giftMessage string[]; specialInstructions string[]; comments string[]; trackingNumbers string[];
        orderCase Case;
    """,
    "OrderTracking": """
        merchantId string; orderId string; hasTrackingUrl boolean; trackingNumber string;
        trackingUrl string;
    """,
    "ReviewedItem": """
        itemId string; item Item; reviewOid integer; merchantId string; customerProfileId integer;
        merchantItemOid integer; overall number; ratingName1 string; ratingName2 string; ratingName3 string;
        ratingName4 string; ratingName5 string; ratingName6 string; ratingName7 string; ratingName8 string;
        ratingName9 string; ratingName10 string; ratingScore1 number; ratingScore2 number;
        ratingScore3 number; ratingScore4 number; ratingScore5 number; ratingScore6 number;
        ratingScore7 number; ratingScore8 number; ratingScore9 number; ratingScore10 number;
        recommendToFriend boolean; title string; review string; statusCode string; featured boolean;
        recommendStoreToFriend boolean; storeFeedback string; submittedDate string@iso;
        submittedDateFormatted string@time; helpfulYesVotes integer; helpfulNoVotes integer;
    """,
}

#: Verb and path, who may call, query parameters, what is received, what is returned, statuses named.
#: `pages` says that the four uc-pagination headers are returned.
SEED_CALLS = """
GET /loggedIn | anyone | - | none | MyAccount or {} | -
GET /login | anyone | password | none | MyAccount | 401 400
POST /login | anyone | - | CustomerCredentials | MyAccount | 401 400
GET /logout | anyone | - | none | none | -
POST /logout | anyone | - | none | none | -
POST /changePassword | customer | - | ChangePasswordRequest | nothing | 204 401 400
POST /forgotPassword | anyone | merchantId | String | text | -
GET /settings | customer | - | none | MyAccount | -
POST /settings | anyone | redirectUrl themeCode | MyAccount | MyAccount | 400
PUT /settings | customer | - | MyAccount | MyAccount | -
DELETE /settings | customer | - | none | nothing | 204
GET /shippingAddresses | customer | - | none | Address[] | -
GET /shippingAddresses/{id} | customer | - | none | Address | -
POST /shippingAddresses | customer | - | Address | Address | 400
PUT /shippingAddresses/{id} | customer | - | MyAccount | MyAccount | 400
DELETE /shippingAddresses/{id} | customer | - | none | nothing | 204
GET /billingAddresses | customer | - | none | Address[] | -
GET /billingAddresses/{id} | customer | - | none | Address | -
POST /billingAddresses | customer | - | Address | Address | 400
PUT /billingAddresses/{id} | customer | - | MyAccount | MyAccount | 400
DELETE /billingAddresses/{id} | customer | - | none | nothing | 204
GET /creditCards | customer | - | none | CreditCard[] | -
GET /creditCards/{id} | customer | - | none | CreditCard | -
POST /creditCards | customer | - | CreditCard | CreditCard | 400
PUT /creditCards/{id} | customer | - | CreditCard | CreditCard | 400
DELETE /creditCards/{id} | customer | - | none | nothing | 204
GET /orders | customer | pageNumber pageSize search _filterTime | none | Order[] pages | -
GET /orders/{orderId} | customer | - | none | Order | 404
GET /orders/{orderId}/tracking | customer | - | none | OrderTracking[] | -
GET /orders/{orderId}/case | customer | - | none | Case or {} | -
POST /orders/{orderId}/case | customer | - | Case | Case | 400
GET /orders/{orderId}/case/messages | customer | - | none | CaseMessage[] | 404
POST /orders/{orderId}/case/messages | customer | - | CaseMessage | Case | 404 400
GET /notReviewedYet | customer | pageNumber pageSize | none | NotReviewedItem[] pages | -
GET /orders | customer | pageNumber pageSize | none | ReviewedItem[] pages | -
"""
