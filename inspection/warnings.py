"""What is odd about a recording as a whole, for whoever reads its findings. Nothing here costs points."""

from __future__ import annotations

from inspection.transcript import Transcript
from regulations.verdict import Step, step

_WHO = {
    "mono": (
        "speakers_unknown",
        step(
            "分不清说话人，与说话人有关的规则不下结论",
            "the speakers cannot be told apart: rules that depend on who speaks are left open",
        ),
    ),
    "dual_mono": (
        "dual_mono",
        step(
            "两个声道内容相同，分不清说话人",
            "both channels carry the same sound: nobody can tell the speakers apart",
        ),
    ),
    "one_silent": (
        "one_channel_silent",
        step(
            "有一个声道没有声音：可能两人都在另一声道，也可能只录到一方。按单声道处理，与说话人有关的规则不下结论",
            "one channel is silent: perhaps both speak on the other, perhaps one side was not recorded. Treated as a"
            " recording with one channel; rules that depend on who speaks are left open",
        ),
    ),
    "contradicted": (
        "channels_look_swapped",
        step(
            "说开场白和服务用语的是“客户”声道：左右声道可能接反了。与说话人有关的规则不下结论；"
            "请听录音，在通话页指明客服的声道，并检查设置 AGENT_CHANNEL",
            "the opening and the courtesies are on the customer's channel: left and right may be swapped. Rules that"
            " depend on who speaks are left open; listen, say on the call's page which channel is the agent's, and check"
            " the setting AGENT_CHANNEL",
        ),
    ),
}
_WHO["not_configured"] = _WHO["mono"]


def warnings_of(transcript: Transcript) -> list[tuple[str, Step]]:
    """Codes and sentences: silent truncated dual_mono speakers_unknown one_channel_silent channels_look_swapped
    to_listen. A transcript from elsewhere has no channels and nothing to warn of.
    """
    if not transcript.channels:
        return []
    warnings: list[tuple[str, Step]] = []
    is_silent = not transcript.segments and not transcript.to_listen
    if is_silent:
        warnings.append(("silent", step("录音里没有人说话", "nobody speaks in the recording")))
    if not transcript.is_complete:
        warnings.append(
            (
                "truncated",
                step("文件不完整，已解码能解的部分", "the file is incomplete; what could be decoded was"),
            )
        )
    if not is_silent and (known := _WHO.get(transcript.channels[0].decided)) is not None:
        warnings.append(known)
    if transcript.to_listen:
        warnings.append(
            (
                "to_listen",
                step(
                    "有 {n} 段声音没有可靠的文字，请人工听：共 {s:.1f} 秒",
                    "stretches of sound without reliable words, for a person to hear: {n}, {s:.1f} s in all",
                    n=len(transcript.to_listen),
                    s=sum(p.end - p.start for p in transcript.to_listen),
                ),
            )
        )
    return warnings
