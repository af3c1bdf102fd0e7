"""News of deployments for the packages above."""

DEPLOYED = "deployment.deployed"
"""A version became the deployed one: {deployment_id}."""
