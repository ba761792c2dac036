// Small problems, the quick way: coefficients are those of the general solver from the same
// statistics, gaps those of the data, whatever the start, and columns that depend on each other are
// solved or given back.
#include "fastreg/solver/small_solver.hpp"

#include <algorithm>
#include <string>

#include "fastreg/design/dense.hpp"
#include "fastreg/path/gram_path.hpp"
#include "fastreg/path/small_path.hpp"
#include "fastreg/path/watch.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::AlphaGrid;
using fastreg::Control;
using fastreg::GramStats;
using fastreg::Index;
using fastreg::last_coefs;
using fastreg::Matrix;
using fastreg::PathResult;
using fastreg::PenaltyTerms;
using fastreg::StandardizeOptions;
using fastreg::Vector;

constexpr Index n = 60;
constexpr StandardizeOptions every_option[] = {
    {true, true}, {true, false}, {false, true}, {false, false}};

struct Data {
    Matrix X;
    Vector y;
    GramStats stats;
};

Data example(Index p, double collinear) {
    Data data{.X = random_matrix(n, p, 3), .y = {}, .stats = {}};
    for (Index j = 1; j < p; ++j) data.X.col(j) += collinear * data.X.col(j - 1);
    data.X.col(p - 1).array() += 2.0;
    data.y = 2.0 * data.X.col(0) - data.X.col(p - 1) + random_matrix(n, 1, 4);
    data.y.array() += 3.0;
    const fastreg::DenseDesign design(fastreg::DenseView::column_major(data.X.data(), n, p));
    data.stats = *fastreg::gram_stats(design, data.y, Vector(), Control{});
    return data;
}

PenaltyTerms terms_of(double l1_ratio) {
    return {.l1_ratio = l1_ratio, .penalty_factor = {}, .lower_bounds = {}, .upper_bounds = {}};
}

PathResult general(const Data& data, StandardizeOptions options, double l1_ratio,
                   const AlphaGrid& grid, const Control& control) {
    fastreg::PathWatch watch(control);
    return fastreg::gram_path({.stats = {data.stats, 0},
                               .standardize = options,
                               .terms = terms_of(l1_ratio),
                               .coef_init = {},
                               .exact = {}},
                              grid, watch);
}

bool is_near(double a, double b) { return std::abs(a - b) <= 1e-14 * std::abs(b); }

void check_against_general(Index p, double collinear, StandardizeOptions options, double l1_ratio) {
    const Data data = example(p, collinear);
    const Control control{.tol = 1e-11};
    const AlphaGrid grid{.alphas = Vector::Constant(1, 0.1), .relative = l1_ratio > 0.0};
    const PathResult expected = general(data, options, l1_ratio, grid, control);
    const Vector reference = last_coefs(expected, p);
    const std::string what = std::to_string(p) + " features, l1_ratio " + std::to_string(l1_ratio);
    for (const double far : {0.0, 1.0, -30.0}) {
        const Vector start = far == 0.0 ? Vector() : Vector(reference.array() * far + 1.0);
        const auto found =
            fastreg::small_path({data.stats, 0}, options, terms_of(l1_ratio), start, grid, control);
        check::that(found.has_value(), what + ": converges");
        if (!found) continue;
        check::that(found->dual_gaps[0] <= control.tol, what + ": gap");
        check::close(last_coefs(*found, p), reference, 1e-6, what + ": coefficients");
        check::that(std::abs(found->intercepts[0] - expected.intercepts[0]) <= 1e-6,
                    what + ": intercept");
        check::that(std::abs(found->deviance_ratio[0] - expected.deviance_ratio[0]) <= 1e-12,
                    what + ": deviance ratio");
        check::that(is_near(found->alphas[0], expected.alphas[0]), what + ": alpha");
        check::that(is_near(found->null_objective, expected.null_objective),
                    what + ": null objective");
    }
}

// The objective's excess over that of a much sharper solution is at most the gap that is reported.
void check_gap(double tol) {
    const Data data = example(12, 1.0);
    const AlphaGrid grid{.alphas = Vector::Constant(1, 0.2)};
    const auto objective = [&](const PathResult& path) {
        const Vector coef = last_coefs(path, 12);
        const Vector rest = (data.y - data.X * coef).array() - path.intercepts[0];
        return rest.squaredNorm() / (2.0 * n) + 0.2 * coef.lpNorm<1>();
    };
    const auto rough =
        fastreg::small_path({data.stats, 0}, {true, false}, terms_of(1.0), {}, grid, {.tol = tol});
    const PathResult sharp = general(data, {true, false}, 1.0, grid, {.tol = 1e-14});
    check::that(rough && objective(*rough) - objective(sharp) <=
                             rough->dual_gaps[0] * rough->null_objective + 1e-13,
                "the gap bounds what is missing");
}

void check_dependent_columns() {
    Data data = example(6, 0.0);
    data.X.col(3) = data.X.col(1);
    data.X.col(4) = data.X.col(0) + data.X.col(1);
    const fastreg::DenseDesign design(fastreg::DenseView::column_major(data.X.data(), n, 6));
    data.stats = *fastreg::gram_stats(design, data.y, Vector(), Control{});
    const AlphaGrid grid{.alphas = Vector::Constant(1, 0.01)};
    const auto found = fastreg::small_path({data.stats, 0}, {true, false}, terms_of(1.0), {}, grid,
                                           {.tol = 1e-12});
    if (found) check::that(found->dual_gaps[0] <= 1e-12, "dependent columns: gap");
}

void check_what_is_left_to_others() {
    Data data = example(5, 0.0);
    const AlphaGrid grid{.alphas = Vector::Constant(1, 0.1)};
    const auto found = [&](const PenaltyTerms& terms, const AlphaGrid& own,
                           const Control& control) {
        return fastreg::small_path({data.stats, 0}, {true, true}, terms, {}, own, control)
            .has_value();
    };
    check::that(found(terms_of(1.0), grid, {}), "a plain problem");
    PenaltyTerms bounded = terms_of(1.0);
    bounded.lower_bounds = Vector::Zero(5);
    check::that(!found(bounded, grid, {}), "bounds");
    check::that(!found(terms_of(1.0), {.alphas = Vector::Zero(1)}, {}), "no penalty");
    check::that(!found(terms_of(1.0), {.alphas = {}}, {}), "a grid");
    check::that(!found(terms_of(1.0), grid, {.tol = 0.0}), "a tolerance that can't be met");
    check::that(!found(terms_of(1.0), grid, {.max_iter = 3}), "few sweeps");
    data.stats.yty[0] = 0.0;
    check::that(!found(terms_of(1.0), grid, {}), "a constant response");
    data = example(5, 0.0);
    data.stats.gram.row(2).setZero();
    data.stats.gram.col(2).setZero();
    check::that(!found(terms_of(1.0), grid, {}), "a constant column");
}

}  // namespace

int main() {
    for (const Index p : {1, 7, 8, 9, 20, 32})
        for (const double collinear : {0.0, 0.5})
            for (const auto options : every_option)
                for (const double l1_ratio : {1.0, 0.5, 0.0})
                    check_against_general(p, collinear, options, l1_ratio);
    for (const double tol : {1e-2, 1e-4, 1e-8}) check_gap(tol);
    check_dependent_columns();
    check_what_is_left_to_others();
    return check::report("small_solver");
}
