"""What a call costs that is not billed by text alone: pictures, speech, pages, searches, by the unit that the book lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from costgate.knowledge.prices import PriceBook
from costgate.measure.cost import MILLION, THOUSAND
from costgate.measure.ends import ONE, product
from costgate.measure.price import aliased, with_own
from costgate.measure.prompt import PromptSize
from costgate.measure.site import answers_of, processing_of
from costgate.model.call import CallSite
from costgate.model.config import Config, Profile
from costgate.model.money import Cost, CostLine, Price, Range, total
from costgate.model.prompt import Hole, Text

BESIDES = ("audio", "image")
"""Names of holes for what a call that is not billed by text sends besides."""
KINDS = ("image", "audio", "video", "ocr", "rerank", "moderation")
_HOUR = Decimal(3600)
_VARIANT = re.compile(r"(?:([a-z]+)/)?(\d{2,5})-x-(\d{2,5})")
_PER_IMAGE = ("output_images", "input_images")
_HOURS = ("output_video_hours", "output_hours", "input_audio_hours", "audio_hours", "input_hours", "input_video_hours")
_PAGES = ("input_document_kpages",)
_CHARACTERS = ("input_mchars",)
_QUERIES = ("queries_kcount",)
_CHARACTERS_OF_A_TOKEN = Range(1, None, 8, "assumed")
"""What a part known in tokens has in characters: more than eight hardly ever."""


def media_cost(
    call: CallSite, model: str | None, price: Price | None, size: PromptSize | None, declared: Profile, book: PriceBook, config: Config
) -> tuple[Cost, str]:
    """The cost of one call, and why it is not known where it is not."""
    spans = () if model is None else variants(book, aliased(model, call.provider, config), call.asked_as, config)
    if price is None and not spans:
        return Cost(None), ""
    found = _Finding(call, price, size, declared, spans)
    lines, why = found.lines()
    if not lines:
        return Cost(None), why
    return Cost(total(line.amount for line in lines), tuple(lines)), why or found.open


def variants(book: PriceBook, model: str, asked_as: Mapping[str, str], config: Config) -> tuple[Decimal, ...]:
    """What one picture costs, by size and quality, where the book lists these under names of their own. What the call says
    of them leaves out the others, as far as the book knows what it says.
    """
    name = model.strip().lower().rpartition("/")[2]
    found: dict[tuple[str, str], set[Decimal]] = {}
    for listed, sellers in book.sellers.items():
        head, _, tail = listed.rpartition("/")
        sized = _VARIANT.fullmatch(head) if tail == name else None
        if sized is not None:
            priced = (_own(book.listed(seller, listed), (listed, name), config) for seller in sellers)
            prices = {each for price in priced if price is not None and (each := _each(price, sized)) is not None}
            found.setdefault((f"{sized[2]}x{sized[3]}", sized[1] or ""), set()).update(prices)
    for at, word in ((0, "size"), (1, "quality")):
        said = asked_as.get(word, "").lower()
        found = {key: prices for key, prices in found.items() if key[at] == said} or found
    return tuple(sorted({price for prices in found.values() for price in prices}))


def _own(price: Price | None, names: tuple[str, ...], config: Config) -> Price | None:
    """With the configuration's own price, be it of the one size or of the model as a whole."""
    if price is None:
        return None
    known = (*names, *(f"{price.provider}/{name}" for name in names))
    return with_own(price, known, config, price.model, price.provider)


def _each(price: Price, sized: re.Match[str]) -> Decimal | None:
    rates = price.rates
    if "input_mpixels" in rates and not any(unit in rates for unit in _PER_IMAGE):
        return rates["input_mpixels"] * Decimal(sized[2]) * Decimal(sized[3]) / MILLION
    return next((rates[unit] for unit in _PER_IMAGE if unit in rates), None)


class _Finding:
    """One call on the way to its lines."""

    def __init__(
        self, call: CallSite, price: Price | None, size: PromptSize | None, declared: Profile, spans: tuple[Decimal, ...]
    ) -> None:
        self.call, self.size, self.declared, self.spans = call, size, declared, spans
        self.rates = {} if price is None else price.rates
        self.way = processing_of(call)
        self.open = ""
        """What leaves the upper end open."""

    def lines(self) -> tuple[list[CostLine], str]:
        """The lines, or why there are none."""
        kind = self.call.kind
        if kind == "image":
            return self._pictures()
        if (unit := self._listed(_QUERIES)) is not None:
            return [_line("request", "1,000 searches", ONE, self._rate(unit), THOUSAND)], ""
        if (unit := self._listed(_PAGES)) is not None:
            pages = self.declared.pages or Range(1, None, None, "bounded")
            return [_line("input", "1,000 pages", pages, self._rate(unit), THOUSAND)], ""
        if (unit := self._listed(_CHARACTERS)) is not None:
            sent = characters(self.call, self.declared)
            return [_line("input", "1M characters", sent, self._rate(unit), MILLION)], ""
        if (unit := self._listed(_HOURS)) is not None:
            if self.declared.seconds is None:
                return [], f"how long the {kind} is is not known: declare seconds under profiles"
            times = answers_of(self.call) if kind == "video" else ONE
            return [_line("output", "hour", product(self.declared.seconds, times), self._rate(unit), _HOUR)], ""
        return self._tokens("output_audio" if kind == "audio" else "output")

    def _pictures(self) -> tuple[list[CostLine], str]:
        unit = self._listed(_PER_IMAGE)
        each = (self._rate(unit),) if unit is not None else self.spans
        if not each:
            return self._tokens("output_image")
        number = answers_of(self.call)
        least, most = each[0], each[-1]
        amount = product(number, Range(least, least if least == most else None, most, "exact" if least == most else "bounded"))
        word = "picture" if least == most else f"picture, {_short(least)} to {_short(most)} by size and quality"
        text = [self._text()] if self.size is not None and "input" in self.rates else []
        return [CostLine("output", word, number, most, amount, amount.basis), *text, *self._pictured()], ""

    def _tokens(self, unit: str) -> tuple[list[CostLine], str]:
        """Billed by tokens: of the text as counted, of what comes back as declared."""
        if "input" not in self.rates:
            return [], f"the price book has no price for a call of the kind {self.call.kind}"
        lines = [*self._texts(), *self._pictured()]
        if self.call.kind == "audio":
            lines += self._besides("audio", "the recording")
        back = unit if unit in self.rates else "output"
        if self.call.kind in ("moderation", "rerank") or back not in self.rates:
            return (lines, "") if lines else ([], "what the call sends is not known")
        if self.declared.output_tokens is None:
            what = {"image": "a picture", "audio": "the speech", "video": "the film"}.get(self.call.kind, "an answer")
            return [], f"how many tokens {what} takes is not known: declare output_tokens under profiles"
        sent = product(self.declared.output_tokens, answers_of(self.call))
        return [*lines, _line("output", "1M output tokens", sent, self._rate(back), MILLION)], ""

    def _pictured(self) -> Iterator[CostLine]:
        if "image" in self.call.asked_as:
            yield from self._besides("image", "the picture that is sent")

    def _besides(self, hole: str, word: str) -> Iterator[CostLine]:
        """What is sent besides text, where it has a rate of its own: tokens as declared for a hole of this name."""
        if f"input_{hole}" not in self.rates:
            return
        size = self.declared.holes.get(hole)
        if size is None:
            self.open = f"how many tokens {word} takes is not known: declare `holes: {{{hole}: ...}}` under profiles"
            size = Range(0, None, None, "bounded")
        yield _line("input", f"1M {hole} tokens", size, self._rate(f"input_{hole}"), MILLION)

    def _texts(self) -> Iterator[CostLine]:
        if self.size is not None:
            yield self._text()

    def _text(self) -> CostLine:
        assert self.size is not None
        return _line("input", "1M input tokens", self.size.input, self._rate("input"), MILLION)

    def _listed(self, units: tuple[str, ...]) -> str | None:
        return next((unit for unit in units if unit in self.rates), None)

    def _rate(self, unit: str) -> Decimal:
        return self.rates.get(f"{self.way}{unit}", self.rates[unit])


def _line(layer: str, unit: str, quantity: Range, rate: Decimal, per: Decimal) -> CostLine:
    amount = quantity.times(rate / per)
    shown = quantity if unit != "hour" else quantity.times(1 / per)
    return CostLine(layer, unit, shown, rate, amount, amount.basis)


def _short(price: Decimal) -> str:
    return f"{price:.4f}".rstrip("0")


def characters(call: CallSite, declared: Profile) -> Range:
    """How long the text is that is read aloud: what is written, and what is declared of its holes."""
    if call.prompt is None:
        return Range(0, None, None, "bounded")
    parts = []
    for segment in call.prompt.segments:
        if isinstance(segment, Text):
            parts.append(Range.exact(len(segment.text)))
        elif isinstance(segment, Hole):
            known = declared.holes.get(segment.name) or segment.tokens
            parts.append(Range(0, None, None, "bounded") if known is None else product(known, _CHARACTERS_OF_A_TOKEN))
    return total(parts)
