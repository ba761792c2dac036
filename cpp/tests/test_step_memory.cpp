// What a memory of steps tells of a Hessian, against the Hessian.
#include "fastreg/solver/step_memory.hpp"

#include <Eigen/Cholesky>
#include <vector>

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::StepMemory;
using fastreg::Vector;

constexpr Index size = 12;
constexpr double scale = 1.7;

// The matrix's places are other positions of the model.
const std::vector<Index> positions{4, 0, 7, 2, 9, 1, 11, 3, 10, 5, 8, 6};

Matrix definite(unsigned seed) {
    const Matrix A = random_matrix(size, size, seed);
    return A * A.transpose() + Matrix::Identity(size, size);
}

Vector by_position(const Vector& by_place, Index known) {
    Vector v = Vector::Zero(size);
    for (Index k = 0; k < size; ++k) v[positions[static_cast<std::size_t>(k)]] = by_place[k];
    return v.head(known);
}

bool close(const Vector& a, const Vector& b) { return (a - b).norm() <= 1e-10 * b.norm(); }

// Of a Hessian that stays the same, all that lies in the span of the steps; whatever was added first.
void test_span() {
    const Matrix G = definite(1), H = definite(2), S = random_matrix(size, 3, 3);
    StepMemory memory;
    check::that(memory.empty(), "nothing is known before a step");
    for (Index k = 0; k < 3; ++k) memory.add(S.col(k), by_position(H * S.col(k), size));
    memory.prepare(G, scale, positions);
    const Vector d = S * random_matrix(3, 1, 4), wrong = H * d / scale - G * d;
    check::that(close(memory.defect(d), wrong), "steps of the span are known");
    const Vector other = random_matrix(size, 1, 5);
    const Vector rest =
        other - S * (S.transpose() * G * S).ldlt().solve(S.transpose() * (G * other));
    check::that(memory.defect(rest).norm() <= 1e-10 * wrong.norm(),
                "of what is orthogonal to it nothing is");
}

// A step along the last one tells nothing new, and the last one is what counts.
void test_dependent_steps() {
    const Matrix G = definite(1), H = definite(2);
    const Vector s = random_matrix(size, 1, 3);
    StepMemory memory;
    memory.add(2.0 * s, by_position(G * s, size));
    memory.add(s, by_position(H * s, size));
    memory.prepare(G, scale, positions);
    check::that(close(memory.defect(s), H * s / scale - G * s), "the last step counts");
    memory.clear();
    check::that(memory.empty(), "a memory can be cleared");
}

// The matrix grows: of new features that the model had before, the change is known; of others not.
void test_growth() {
    const Index old = 5, known = 9;
    const Matrix G = definite(1), H = definite(2);
    Vector s = Vector::Zero(size);
    s.head(old) = random_matrix(old, 1, 3);
    StepMemory memory;
    memory.add(s.head(old), by_position(H * s, known));
    memory.prepare(G, scale, fastreg::Features(positions).first(old));
    memory.prepare(G, scale, positions);
    const Vector wrong = H * s / scale - G * s, defect = memory.defect(s);
    for (Index k = 0; k < size; ++k) {
        const bool has = positions[static_cast<std::size_t>(k)] < known;
        check::that(std::abs(defect[k] - (has ? wrong[k] : 0.0)) <= 1e-10 * wrong.norm(),
                    "what is known of a place");
    }
}

}  // namespace

int main() {
    test_span();
    test_dependent_steps();
    test_growth();
    return check::report("step memory");
}
