"""
Trains the shipped model of the text engine from the examples it is shipped with: `python tools/text_model.py`. The same examples give the
same bytes.
"""

from tongdian.engines.text import load_shipped, save_model, train
from tongdian.engines.text._corpus import SHIPPED


def main() -> None:
    """
    Train, save, and print what was measured on folds kept out of training.
    """
    model = train(load_shipped())
    save_model(model, SHIPPED)
    print(model.version, {name: model.report[name] for name in ("category", "plain", "danger", "urgent", "elsewhere")})


if __name__ == "__main__":
    main()
