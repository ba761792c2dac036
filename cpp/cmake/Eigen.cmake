# Where Eigen's headers come from. The first that is found wins:
#   1. -DEigen3_DIR=<folder of Eigen3Config.cmake>
#   2. the cmeel-eigen wheel of the build environment
#   3. cpp/third_party/eigen, which an sdist carries
#   4. an Eigen installed on the system
# Nothing found is cached: an isolated build environment is gone when the next build starts.

set(FASTREG_BUNDLED_EIGEN "${CMAKE_CURRENT_LIST_DIR}/../third_party/eigen")
cmake_path(NORMAL_PATH FASTREG_BUNDLED_EIGEN)

# The folder of the cmeel-eigen headers, or "".
function(fastreg_find_cmeel_eigen result)
    set(site_packages ${CMAKE_PREFIX_PATH})
    find_package(Python 3.10 QUIET COMPONENTS Interpreter)
    if(Python_FOUND)
        execute_process(
            COMMAND "${Python_EXECUTABLE}" -c
                    "import sysconfig as s; print(s.get_path('purelib'), s.get_path('platlib'), sep=';')"
            OUTPUT_VARIABLE python_folders
            OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
        list(APPEND site_packages ${python_folders})
    endif()
    set(${result} "" PARENT_SCOPE)
    foreach(folder IN LISTS site_packages)
        cmake_path(SET headers NORMALIZE "${folder}/cmeel.prefix/include/eigen3")
        if(EXISTS "${headers}/Eigen/Core")
            set(${result} "${headers}" PARENT_SCOPE)
            return()
        endif()
    endforeach()
endfunction()

function(fastreg_find_eigen_package result)
    find_package(Eigen3 3.4 CONFIG QUIET)
    if(NOT Eigen3_FOUND)
        message(FATAL_ERROR
            "Eigen 3.4 was not found. Install it with 'pip install cmeel-eigen==3.4.1' in the build "
            "environment, or pass -DEigen3_DIR=<folder of Eigen3Config.cmake>.")
    endif()
    get_target_property(headers Eigen3::Eigen INTERFACE_INCLUDE_DIRECTORIES)
    set(${result} "${headers}" PARENT_SCOPE)
endfunction()

# Sets the variable to a folder that contains Eigen/Core.
function(fastreg_locate_eigen result)
    fastreg_find_cmeel_eigen(cmeel)
    if(Eigen3_DIR)
        fastreg_find_eigen_package(headers)
    elseif(cmeel)
        set(headers "${cmeel}")
    elseif(EXISTS "${FASTREG_BUNDLED_EIGEN}/Eigen/Core")
        set(headers "${FASTREG_BUNDLED_EIGEN}")
    else()
        fastreg_find_eigen_package(headers)
        # Left in the cache it would look like a choice of the user the next time.
        unset(Eigen3_DIR CACHE)
    endif()
    message(STATUS "Eigen: ${headers}")
    set(${result} "${headers}" PARENT_SCOPE)
endfunction()

# A target of our own keeps Eigen's headers SYSTEM whatever their origin.
function(fastreg_add_eigen)
    fastreg_locate_eigen(headers)
    add_library(fastreg_eigen INTERFACE)
    target_include_directories(fastreg_eigen SYSTEM INTERFACE "${headers}")
    # Rejects at compile time any header of Eigen that is not under the MPL or freer.
    target_compile_definitions(fastreg_eigen INTERFACE EIGEN_MPL2_ONLY)
endfunction()

# Copies the headers, without the unsupported ones, to where an sdist carries them.
function(fastreg_bundle_eigen)
    fastreg_locate_eigen(headers)
    if(headers STREQUAL FASTREG_BUNDLED_EIGEN)
        return()
    endif()
    file(REMOVE_RECURSE "${FASTREG_BUNDLED_EIGEN}")
    file(COPY "${headers}/Eigen" DESTINATION "${FASTREG_BUNDLED_EIGEN}")
    file(COPY NOTICE licenses DESTINATION "${FASTREG_BUNDLED_EIGEN}")
endfunction()
