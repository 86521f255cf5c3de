"""How the published verifiers that have a name here were trained, and so are asked."""

from scripts.lib.config.verifiers import LayoutName, ScoreFormat

LAYOUTS: dict[LayoutName, ScoreFormat] = {
    # Model card of peiyi9979/math-shepherd-mistral-7b-prm (arXiv:2312.08935): "{problem} {steps}",
    # each step ends with the tag, one token, and the next begins on a new line; softmax over the
    # logits of + and - at the tag.
    "math_shepherd": ScoreFormat(
        head="tokens", good="+", bad="-", opening=" ", mark=" ки", joint="\n", single=True
    ),
    # RLHFlow/RLHF-Reward-Modeling, math-rm/prm_evaluate.py at 5b2a281: the first turn is
    # "{problem} {step}"; the third token from the end, which predicts the reply, is read.
    "rlhflow": ScoreFormat(head="tokens", good="+", bad="-", chat="turns", opening=" "),
    # SkyworkAI/skywork-o1-prm-inference, prepare_input (io_utils.py; openreasoner/openr holds a
    # copy) and ValueHead (prm_model.py): bos + "{problem}\n", then each step and a newline, all
    # tokenised by themselves; sigmoid of v_head at the newline.
    "skywork": ScoreFormat(head="value", opening="\n", mark="\n", apart=True, single=True),
    # Model card of Qwen/Qwen2.5-Math-PRM-7B (arXiv:2501.07301): each step of the reply is followed
    # by <extra_0>; softmax over two classes at it, the second is right. modeling_qwen2_rm.py there:
    # the head is Linear, ReLU, Linear.
    "qwen_prm": ScoreFormat(
        head="classes",
        chat="assistant",
        system="Please reason step by step, and put your final answer within \\boxed{}.",
        mark="<extra_0>",
        single=True,
    ),
}
