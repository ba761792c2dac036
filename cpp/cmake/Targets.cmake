# One core library and one extension module for each instruction-set level, from the same sources.

include(Warnings)

set(FASTREG_CPP_DIR "${CMAKE_CURRENT_LIST_DIR}/..")
cmake_path(NORMAL_PATH FASTREG_CPP_DIR)

# What every target of ours has in common.
function(fastreg_set_common target)
    target_compile_features(${target} PRIVATE cxx_std_20)
    set_target_properties(${target} PROPERTIES
        CXX_EXTENSIONS OFF
        CXX_VISIBILITY_PRESET hidden
        VISIBILITY_INLINES_HIDDEN ON
        POSITION_INDEPENDENT_CODE ON)
    fastreg_set_warnings(${target})
    if(MSVC)
        # Eigen's templates exceed the default number of sections of an object file.
        target_compile_options(${target} PRIVATE /bigobj)
    endif()
    if(FASTREG_SANITIZE)
        set(sanitize -fsanitize=${FASTREG_SANITIZE} -fno-sanitize-recover=all)
        target_compile_options(${target} PRIVATE ${sanitize} -fno-omit-frame-pointer)
        target_link_options(${target} PRIVATE ${sanitize})
    endif()
endfunction()

function(fastreg_set_level target level)
    if(DEFINED FASTREG_FLAG_${level})
        target_compile_options(${target} PRIVATE "${FASTREG_FLAG_${level}}")
    endif()
endfunction()

# The core: C++ and Eigen, no Python.
function(fastreg_add_core level)
    set(target fastreg_core_${level})
    add_library(${target} STATIC ${FASTREG_CORE_SOURCES})
    target_include_directories(${target} PUBLIC "${FASTREG_CPP_DIR}/include")
    target_link_libraries(${target} PUBLIC fastreg_eigen Threads::Threads)
    if(FASTREG_BUILD_TESTS)
        # Hot loops then check that they don't allocate.
        target_compile_definitions(${target} PUBLIC EIGEN_RUNTIME_NO_MALLOC)
    endif()
    # Reading Eigen would take a third of the time of most files.
    target_precompile_headers(${target} PRIVATE "${FASTREG_CPP_DIR}/include/fastreg/core/types.hpp"
                              <algorithm> <functional> <string> <vector>)
    fastreg_set_common(${target})
    fastreg_set_level(${target} ${level})
endfunction()

function(fastreg_find_pybind11)
    execute_process(
        COMMAND "${Python_EXECUTABLE}" -m pybind11 --cmakedir
        OUTPUT_VARIABLE pybind11_hint OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    find_package(pybind11 3.1 CONFIG REQUIRED HINTS "${pybind11_hint}")
endfunction()

# NO_EXTRAS: link-time optimisation costs minutes and the kernels gain nothing from it.
function(fastreg_add_extension target)
    pybind11_add_module(${target} MODULE NO_EXTRAS ${ARGN})
    target_compile_definitions(${target} PRIVATE FASTREG_MODULE=${target})
    fastreg_set_common(${target})
    # Weak symbols of the standard library compiled for one level must not serve another.
    if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
        set(exports "${FASTREG_CPP_DIR}/cmake/exports.map")
        target_link_options(${target} PRIVATE "LINKER:--version-script=${exports}")
        set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${exports}")
    endif()
    install(TARGETS ${target} LIBRARY DESTINATION fastreg)
endfunction()

function(fastreg_add_cpu_module)
    fastreg_add_extension(_cpu bindings/cpu.cpp)
endfunction()

function(fastreg_add_python_module level)
    set(target _core_${level})
    fastreg_add_extension(${target} ${FASTREG_BINDING_SOURCES})
    target_link_libraries(${target} PRIVATE fastreg_core_${level})
    fastreg_set_level(${target} ${level})
    # Only module.cpp sees these, so that a new version recompiles one file.
    set_source_files_properties(bindings/module.cpp PROPERTIES COMPILE_DEFINITIONS
        "FASTREG_VERSION=\"${FASTREG_VERSION}\";FASTREG_COMPILER=\"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\"")
    target_compile_definitions(${target} PRIVATE FASTREG_ISA="${level}")
endfunction()

function(fastreg_add_cpp_test name)
    add_executable(${name} tests/${name}.cpp)
    list(GET FASTREG_BUILD_LEVELS 0 level)
    target_link_libraries(${name} PRIVATE fastreg_core_${level})
    fastreg_set_common(${name})
    fastreg_set_level(${name} ${level})
    add_test(NAME ${name} COMMAND ${name})
endfunction()
