# env: core
# answers: [ok]
import os

import requests

payload = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "Say hi."}],
    "max_tokens": 10,
}
requests.post(f"{os.environ['PROOF_URL']}/v1/chat/completions", json=payload, headers={"Authorization": "Bearer k"}, timeout=30)
