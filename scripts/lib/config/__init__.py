"""What a study file may say, as pydantic models; they also make the JSON schema."""
