# env: prompty
# answers: [ok]
import prompty


def answer(question: str) -> str:
    return prompty.invoke("prompts/support.prompty", inputs={"question": question, "product": "the red kettle"})


if __name__ == "__main__":
    print(answer("How do I clean it?"))
