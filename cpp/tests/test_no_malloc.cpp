// The steps of a support, with their factor, conjugate gradients and gradients, allocate nothing:
// Eigen's guard ends the program where one of them does.
#ifdef NDEBUG
#error "without assertions Eigen's guard says nothing"
#endif

#include "check.hpp"
#include "fastreg/core/scratch.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/path/elastic_net_path.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::Vector;

// Supports that grow and shrink, over hundreds of steps.
void test_paths(double l1_ratio) {
    const Index n = 150, p = 400;
    Matrix X = random_matrix(n, p, 5);
    for (Index j = 1; j < p; ++j) X.col(j) += 2.0 * X.col(j - 1);
    const Vector y = X.leftCols(20) * random_matrix(20, 1, 6) + 5.0 * random_matrix(n, 1, 7);
    const fastreg::DenseDesign design(fastreg::DenseView::column_major(X.data(), n, p));
    const fastreg::ElasticNetProblem problem{.X = design,
                                             .y = y,
                                             .sample_weight = {},
                                             .standardize = {},
                                             .l1_ratio = l1_ratio,
                                             .penalty_factor = {},
                                             .lower_bounds = {},
                                             .upper_bounds = {},
                                             .coef_init = {}};
    const fastreg::PathResult path =
        fastreg::elastic_net_path(problem, {.alphas = {}, .count = 60, .eps = 1e-3}, {.tol = 1e-9});
    double worst = 0.0;
    std::int64_t steps = 0;
    for (double gap : path.dual_gaps) worst = std::max(worst, gap);
    for (std::int64_t n_iter : path.n_iter) steps += n_iter;
    check::that(worst <= 1e-9, "every alpha is certified");
    check::that(steps > 100, "there were many steps");
}

void test_guard() {
    check::that(Eigen::internal::is_malloc_allowed(), "allowed outside a hot loop");
    {
        const fastreg::HotLoop guard;
        check::that(!Eigen::internal::is_malloc_allowed(), "forbidden within");
    }
    check::that(Eigen::internal::is_malloc_allowed(), "and allowed again");
}

void test_scratch_keeps_its_memory() {
    fastreg::ScratchVector v;
    v.resize(100);
    const double* data = v.data();
    const Vector source = Vector::LinSpaced(60, 0.0, 1.0);
    v = source;
    check::that(v.data() == data && v.size() == 60, "a smaller size keeps the memory");
    v.setZero(100);
    check::that(v.data() == data && v.isZero(0.0), "and so does the old one");
}

}  // namespace

int main() {
    test_guard();
    test_scratch_keeps_its_memory();
    test_paths(1.0);
    test_paths(0.5);
    return check::report("no_malloc");
}
