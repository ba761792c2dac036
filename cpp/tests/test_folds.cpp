// When folds divide the rows, and what they are refused for.
#include "fastreg/batch/folds.hpp"

#include <stdexcept>

#include "check.hpp"

namespace {

using fastreg::check_folds;
using fastreg::divided;
using fastreg::Folds;
using fastreg::Rows;
using fastreg::training_weight;
using fastreg::Vector;

template <class Call>
bool refuses(const Call& call) {
    try {
        call();
    } catch (const std::invalid_argument&) {
        return true;
    }
    return false;
}

void test_divided() {
    const Folds two{.train = {{2, 3, 4}, {0, 1}}, .test = {{1, 0}, {4, 2, 3}}};
    check::that(divided(two, 5) == Rows{0, 0, 1, 1, 1}, "a partition");
    const Folds partial{.train = {{1, 2, 3, 4}, {0, 2, 3, 4}}, .test = {{0}, {1}}};
    check::that(divided(partial, 5) == Rows{0, 1, 2, 2, 2}, "rows that no fold tests");
    const Folds everything{.train = {{2, 3}, {0, 1}, {0, 1, 2, 3}}, .test = {{0, 1}, {2, 3}, {}}};
    check::that(divided(everything, 4) == Rows{0, 0, 1, 1}, "a fold that trains on all rows");
}

void test_not_divided() {
    const Folds overlapping{.train = {{1, 2}, {0, 2}}, .test = {{0}, {0}}};
    check::that(divided(overlapping, 3).empty(), "a row tested twice");
    const Folds repeated{.train = {{1, 2}, {1, 2}}, .test = {{0}, {0}}};
    check::that(divided(repeated, 3).empty(), "a fold that comes twice");
    const Folds series{.train = {{0}, {0, 1}}, .test = {{1}, {2}}};
    check::that(divided(series, 3).empty(), "rows that a fold neither trains on nor tests");
    const Folds leaking{.train = {{0, 2}, {0, 2}}, .test = {{0}, {1}}};
    check::that(divided(leaking, 3).empty(), "a row that is trained on and tested");
}

void test_weights() {
    const Vector weight = Vector::LinSpaced(4, 0.0, 3.0);
    Vector expected(4);
    expected << 0.0, 1.0, 0.0, 3.0;
    check::close(training_weight({3, 1}, weight), expected, 0.0, "weights of the rows");
    check::that(refuses([&] { training_weight({1, 2, 1}, weight); }), "a row twice");
    check::that(refuses([&] { training_weight({0}, weight); }), "no weight");
}

void test_checks() {
    check::that(refuses([] { check_folds({.train = {{0}}, .test = {}}, 3); }), "a list too few");
    check::that(refuses([] { check_folds({.train = {{3}}, .test = {{0}}}, 3); }),
                "a row too large");
    check::that(refuses([] { check_folds({.train = {{0}}, .test = {{-1}}}, 3); }), "negative");
    check_folds({.train = {{0, 2}}, .test = {{1}}}, 3);
}

}  // namespace

int main() {
    test_divided();
    test_not_divided();
    test_weights();
    test_checks();
    return check::report("folds");
}
