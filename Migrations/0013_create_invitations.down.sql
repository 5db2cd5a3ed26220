DROP TABLE invitations;
DROP FUNCTION guard_invitation();
