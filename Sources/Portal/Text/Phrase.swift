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

    case remember, rememberHint, throttled, throttledTitle, throttledLead

    case registerTitle, registerButton, haveAccount, registeredTitle, registeredLead, resentLead, mailHint
    case registrationClosedTitle, registrationClosedLead, accountsOffTitle, accountsOffLead

    case verifyTitle, verifyLead, verifyButton, resendTitle, resendLead, sendLink, backToSignIn, mailLinkSpentTitle
    case mailLinkSpentLead, invitationSpentLead

    case forgotTitle, forgotLead, forgotSentTitle, forgotSentLead, resetTitle, resetLead, confirmEmailTitle
    case confirmEmailLead, confirmEmailButton

    case invitationTitle, invitationLead, invitationNewLead, invitationAccept, invitationRegister
    case invitationUnverified, roleEnds

    case firstPasswordTitle, firstPasswordLead

    case accountTitle, tabOverview, profileTitle, save, name, firstName, lastName, phone, optional, linkedAccounts
    case linkedNone, passwordTitle, passwordLead, passwordNone, passwordCurrent, passwordNew
    case passwordChange, passwordHint, emailTitle, emailLead, emailPresent, emailNew, emailChange, noEmail
    case deleteTitle, deleteLead, deleteButton, deleteKeep, deletedTitle, deletedLead

    case sessionsTitle, sessionsLead, sessionPresent, sessionProgram, sessionLastUsed, sessionBegan, sessionEndLabel
    case signOutElsewhere, signOutEverywhere, deviceOn, deviceUnknown

    case tokensTitle, tokensLead, tokensNone, tokenNew, tokenCreate, tokenName, tokenNameHint, tokenRole, tokenMyRole
    case tokenEverywhere, tokenLifetime, lifetimeWeek, lifetimeMonth, lifetimeQuarter, lifetimeYear, lifetimeAlways
    case tokenEnds, tokenUsed, tokenNeverUsed, tokenRevoke, tokenRevokeLabel, tokenLimit, tokenCreatedTitle
    case tokenCreatedLead, tokenText, tokenCreatedDone

    case inviteTitle, inviteLead, inviteSend, inviteOpen, inviteEnds, inviteRevoke, inviteRevokeLabel
    case doneInviting, doneUninvited

    case doneRegistered, doneSaved, donePassword, doneEmail, doneMail, doneVerified, doneInvited, doneSessionEnded,
        doneSessionsEnded
    case doneTokenRevoked, formLost

    case titleWithProblem, formProblem, formBusy, fieldNeeded, usernameRule, usernameTaken, emailRule, nameRule
    case phoneRule, passwordWrong, passwordTooShort, passwordTooLong, passwordUnassigned, passwordCommon
    case passwordPersonal, passwordUnchanged

    case neededGlobalRoles, yourGlobalRoles, lostTitle, lostLead, lostAdvice

    case mailsTitle, mailsLead, mailsNone
}
