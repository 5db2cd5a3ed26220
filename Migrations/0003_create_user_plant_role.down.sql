DROP TABLE user_plant_role;
DROP TYPE plant_role;
