# env: litellm
# answers: [500]
from litellm import Router

router = Router(
    model_list=[
        {"model_name": "fast", "litellm_params": {"model": "openai/gpt-4.1-nano"}},
    ],
    num_retries=1,
    retry_after=0,
)
router.completion(model="fast", messages=[{"role": "user", "content": "Ping?"}], max_tokens=5)
