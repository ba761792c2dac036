// Statistics of folds, merged from those of their parts, are those of the rows themselves.
#include "fastreg/gram/fold_grams.hpp"

#include "fastreg/design/dense.hpp"
#include "fastreg/path/fold_scores.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::DenseDesign;
using fastreg::DenseView;
using fastreg::FoldGrams;
using fastreg::GramStats;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Rows;
using fastreg::ThreadPool;
using fastreg::Vector;

constexpr Index n = 3000, p = 9, n_folds = 4;

struct Data {
    Matrix X;
    Vector y, weight;
    Rows owner;  // some rows are tested by no fold
};

Data make(double centre) {
    Data data{.X = random_matrix(n, p, 1), .y = random_matrix(n, 1, 2), .weight = {}, .owner = {}};
    data.X.array() += centre;
    data.X.col(4).setConstant(0.1);
    data.y.array() -= centre;
    data.weight = random_matrix(n, 1, 3).cwiseAbs();
    for (Index i = 0; i < n; ++i) {
        if (i % 17 == 0) data.weight[i] = 0.0;
        data.owner.push_back(i % 11 == 0 ? n_folds : (i * i + i / 7) % n_folds);
    }
    return data;
}

FoldGrams form(const Data& data, Index n_threads) {
    ThreadPool pool(n_threads);
    return *FoldGrams::of(DenseView::column_major(data.X.data(), n, p), data.y, data.weight,
                          data.owner, n_folds, {}, pool);
}

// Of the rows of a fold, or of all others, by the definition in long double.
void compare(const GramStats& stats, const Data& data, Index fold, bool own, double tol,
             const std::string& what) {
    using Wide = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
    Wide w = data.weight.cast<long double>();
    Index rows = 0;
    for (Index i = 0; i < n; ++i) {
        if ((data.owner[static_cast<std::size_t>(i)] == fold) != own) w(i) = 0.0L;
        rows += w(i) > 0.0L;
    }
    const Wide X = data.X.cast<long double>(), y = data.y.cast<long double>();
    const Wide x_mean = w.transpose() * X / w.sum(), y_mean = w.transpose() * y / w.sum();
    const Wide x = X.rowwise() - x_mean.row(0), z = y.rowwise() - y_mean.row(0);
    const Wide wx = x.array().colwise() * w.col(0).array();
    check::that(stats.rows == rows, what + ": rows");
    check::that(std::abs(stats.weight - static_cast<double>(w.sum())) < 1e-9, what + ": weight");
    const double scale = std::max(1.0, std::abs(data.y[0]));
    check::close(stats.x_mean, x_mean.cast<double>().transpose(), 1e-14 * scale, what + ": x_mean");
    check::close(stats.y_mean, y_mean.cast<double>(), 1e-14 * scale, what + ": y_mean");
    check::close(stats.gram, (wx.transpose() * x).cast<double>(), tol, what + ": gram");
    check::close(stats.xty, (wx.transpose() * z).cast<double>(), tol, what + ": xty");
    check::close(stats.yty, (z.transpose() * (z.array() * w.array()).matrix()).cast<double>(), tol,
                 what + ": yty");
    check::that(stats.gram == stats.gram.transpose(), what + ": symmetric to the bit");
    check::that(stats.gram.col(4).isZero(0.0), what + ": exact zeros of a constant column");
}

void test_definition(double centre, double tol) {
    const Data data = make(centre);
    const FoldGrams grams = form(data, 1);
    for (Index fold = 0; fold <= n_folds; ++fold) {
        const std::string what =
            "centre " + std::to_string(centre) + ", fold " + std::to_string(fold);
        compare(grams.train(fold), data, fold, false, tol, what + " trains");
        compare(grams.test(fold), data, fold, true, tol, what + " tests");
    }
}

void test_threads() {
    const Data data = make(3.0);
    const FoldGrams one = form(data, 1), three = form(data, 3);
    for (Index fold = 0; fold < n_folds; ++fold)
        check::that(one.train(fold).gram == three.train(fold).gram, "same bits for 3 threads");
}

void test_interruption() {
    const Data data = make(0.0);
    ThreadPool pool(1);
    const fastreg::Control control{.interrupted = [] { return true; }};
    check::that(!FoldGrams::of(DenseView::column_major(data.X.data(), n, p), data.y, data.weight,
                               data.owner, n_folds, control, pool),
                "nothing if interrupted");
}

void test_preference() {
    const auto prefers = [](Index rows, Index cols, Index folds) {
        const Matrix X = Matrix::Zero(rows, cols);
        return fastreg::prefers_fold_grams(
            DenseDesign(DenseView::column_major(X.data(), rows, cols)), folds);
    };
    check::that(prefers(5600, 100, 10), "56 rows for a column and ten folds");
    check::that(!prefers(5500, 100, 10), "fewer");
    check::that(prefers(400, 1, 10) && !prefers(399, 1, 10), "rows for the square of the folds");
}

// Errors from statistics are those of predictions, or are left to them.
void test_squares() {
    for (const double centre : {0.0, 1e3}) {
        Data data = make(centre);
        const Vector coef = random_matrix(p, 1, 5);
        const FoldGrams grams = form(data, 1);
        fastreg::PathResult path;
        path.indptr = {0, 0, p};
        path.alphas = {1.0, 0.5};
        path.intercepts = {data.y.mean(), data.y.mean() - data.X.colwise().mean().dot(coef)};
        for (Index j = 0; j < p; ++j) {
            path.indices.push_back(j);
            path.values.push_back(coef[j]);
        }
        const DenseDesign X(DenseView::column_major(data.X.data(), n, p));
        for (Index fold = 0; fold < n_folds; ++fold) {
            Rows rows;
            for (Index i = 0; i < n; ++i)
                if (data.owner[static_cast<std::size_t>(i)] == fold) rows.push_back(i);
            const Vector by_rows = fastreg::path_squares(fastreg::path_predictions(X, rows, path),
                                                         data.y(rows), data.weight(rows));
            check::close(fastreg::path_squares(grams.test(fold), path), by_rows,
                         1e-9 * by_rows.maxCoeff(), "squares of fold " + std::to_string(fold));
        }
        data.y = data.X * coef;
        path.intercepts[1] = 0.0;
        check::that(fastreg::path_squares(form(data, 1).test(0), path).size() == 0,
                    "an exact fit leaves no digits to statistics");
    }
}

}  // namespace

int main() {
    test_definition(0.0, 1e-10);
    test_definition(1e6, 1e-6);
    test_threads();
    test_interruption();
    test_preference();
    test_squares();
    return check::report("fold_grams");
}
