import pytest
from pydantic import BaseModel

from api import examples, models, models_requests, models_validation
from api.errors import ApiErrorCode
from pipeline.job import JobView

MODELS = {**vars(models), **vars(models_validation), "JobView": JobView}


@pytest.mark.parametrize("name", examples.ANSWERS)
def test_an_example_is_what_its_model_describes(name: str) -> None:
    model = MODELS[name]
    assert issubclass(model, BaseModel)
    shown = model.model_validate(examples.ANSWERS[name])
    assert shown.model_dump(mode="json") == examples.ANSWERS[name]


def test_the_example_of_a_request_is_one() -> None:
    models_requests.CreateJob.model_validate(examples.CREATE_JOB)


def test_every_error_has_an_example() -> None:
    assert set(examples.DETAILS) == set(ApiErrorCode)
