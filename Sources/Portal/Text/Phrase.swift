/// Every text that a page shows. Each language's file says all of them, or it does not compile.
///
/// Templates name a phrase as `{{say.signIn}}`; phrases with a `{placeholder}` are put together in Swift.
enum Phrase: String, CaseIterable, Sendable {
    case productPurpose

    case signIn, signInTitle, signInTo, usernameOrEmail, password
    case signInFailed, credentialsWrong, fieldsMissing, formExpired, alreadySignedIn, carryOn

    case signOut, signOutTitle, signOutLead, signOutStay, signedOutTitle, signedOutLead, signInAgain

    case homeTitle, homeGreeting, signedInAs, email, username, yourPlants, plant, role, until, noPlants, globalRoles
    case roleOperator, roleSupervisor, roleEngineer, roleAdmin

    case forbiddenTitle, forbiddenRole, forbiddenOther, neededRole, orHigher, yourRole, noRole, forbiddenAsk
    case forbiddenAskPlant, signInAsSomebodyElse, decisionNumber, requestNumber

    case notFoundTitle, notFoundLead, badRequestTitle, badRequestLead, crossSiteLead
    case methodTitle, methodLead, tooLargeTitle, tooLargeLead, mediaTypeTitle, mediaTypeLead
    case linkSpentTitle, linkSpentLead, startAgain

    case upstreamDownTitle, upstreamDownLead, upstreamSlowTitle, upstreamSlowLead, upstreamBadTitle, upstreamBadLead
    case upstreamBusyTitle, upstreamBusyLead, crowdedTitle, crowdedLead
    case gatewayFine, tryAgain, tryAgainHint
    case busyTitle, busyLead, unavailableTitle, unavailableLead, faultTitle, faultLead, otherTitle
    case goHome
}
