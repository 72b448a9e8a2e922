"""Items, what is said of them, and what is wished for."""

from typing import Annotated, Final, TypedDict

from ucsync.ultracart.fields import (
    READ_ONLY,
    Anything,
    Between,
    Edit,
    Flag,
    Form,
    Int64,
    Max,
    Min,
    Number,
    OneOf,
    Text,
)

REVIEW_STATES: Final = OneOf("Approved", "Rejected", "Unapproved")
QUESTION_FORMATS: Final = OneOf("singe line", "multiple line", "drop down")


class Item(TypedDict, total=False):
    """An item as far as the vendor's portal reads it; the seed describes it on another page."""

    itemId: Text
    description: Text
    quantity: Number
    viewUrl: Text
    defaultImageUrl: Text
    defaultThumbnailSsl: Text
    metaData: Anything
    options: list[Anything] | None
    activationCode: Text
    totalCostFormatted: Text
    totalRefundFormatted: Text


class NotReviewedItem(TypedDict, total=False):
    """A bought item that has no review by this customer yet."""

    merchantId: Annotated[Text, Max(5)]
    itemId: Annotated[Text, Max(30)]
    merchantItemOid: Text  # integer carried as string
    lastOrderDate: Annotated[Text, Form.ISO]
    lastOrderDateFormatted: Annotated[Text, Form.DAY_AND_TIME]
    item: Item | None


class ReviewedItem(TypedDict, total=False):
    """A review that the customer has written."""

    itemId: Text
    item: Item | None
    reviewOid: Int64
    merchantId: Text
    customerProfileId: Int64
    merchantItemOid: Int64
    overall: Annotated[Number, Between(1, 5)]
    ratingName1: Text
    ratingName2: Text
    ratingName3: Text
    ratingName4: Text
    ratingName5: Text
    ratingName6: Text
    ratingName7: Text
    ratingName8: Text
    ratingName9: Text
    ratingName10: Text
    ratingScore1: Annotated[Number, Between(1, 5)]
    ratingScore2: Annotated[Number, Between(1, 5)]
    ratingScore3: Annotated[Number, Between(1, 5)]
    ratingScore4: Annotated[Number, Between(1, 5)]
    ratingScore5: Annotated[Number, Between(1, 5)]
    ratingScore6: Annotated[Number, Between(1, 5)]
    ratingScore7: Annotated[Number, Between(1, 5)]
    ratingScore8: Annotated[Number, Between(1, 5)]
    ratingScore9: Annotated[Number, Between(1, 5)]
    ratingScore10: Annotated[Number, Between(1, 5)]
    recommendToFriend: Flag
    title: Text
    review: Text
    statusCode: Annotated[Text, REVIEW_STATES]
    featured: Flag
    recommendStoreToFriend: Flag  # portal review form uses 0-10
    storeFeedback: Text
    submittedDate: Annotated[Text, Form.ISO]
    submittedDateFormatted: Annotated[Text, Form.DAY_AND_TIME]
    helpfulYesVotes: Int64
    helpfulNoVotes: Int64


class ItemReviewRating(TypedDict, total=False):
    """One rating of a review form."""

    name: Text
    score: Int64


class ItemReviewQuestion(TypedDict, total=False):
    """One question that the merchant asks beside the review."""

    question: Text
    format: Annotated[Text, QUESTION_FORMATS]  # the first is spelled so by the vendor
    size: Int64
    maxLength: Int64
    rows: Int64
    cols: Int64
    options: list[str] | None
    answer: Text


class ItemReview(TypedDict, total=False):
    """The form of a review with its answers (portal only)."""

    itemId: Text
    imageUrl: Text
    description: Text
    extendedDescription: Text
    company: Text  # store name
    ratings: Annotated[list[ItemReviewRating] | None, Edit.YES]  # every score required
    scores: list[Int64] | None  # allowed score values
    ratingScaleMax: Int64
    recommendToFriend: Annotated[Flag, Edit.YES]  # JS sets typo recommendToField
    showNickname: Flag
    nickname: Annotated[Text, Max(25), Min(4), Edit.YES]  # required when showNickname
    title: Annotated[Text, Max(250), Edit.YES]  # client requires it
    review: Annotated[Text, Edit.YES]  # under 50 chars: ratings only
    showProfileQuestions: Flag
    showLocation: Flag
    location: Annotated[Text, Max(50), Edit.YES]
    questions: Annotated[list[ItemReviewQuestion] | None, Edit.YES]  # format value misspelled singe line
    showStoreSection: Flag
    recommendStoreToFriend: Annotated[Text, Edit.YES]  # 0-10 sent as string
    storeFeedback: Annotated[Text, Edit.YES]
    termsAndConditions: Text
    agreeToTermsAndConditions: Annotated[Flag, Edit.YES]  # client requires true


class WishlistItem(TypedDict, total=False):
    """An entry of the wish list (portal only)."""

    wishlistOid: Annotated[Int64, READ_ONLY]  # id used in path
    itemId: Text
    item: Item | None
    addDateFormatted: Annotated[Text, READ_ONLY]
    priority: Annotated[Int64, Between(1, 5), Edit.YES]  # 1 Lowest .. 5 Highest
    comments: Annotated[Text, Max(1024), Edit.YES]  # INFERRED from its twin in REST v2
