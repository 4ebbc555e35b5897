"""The judge: rules x facts -> findings, what hides them, and the verdict."""

from costgate.judge.judgement import Judgement, judge

__all__ = ["Judgement", "judge"]
