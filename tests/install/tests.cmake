# What is installed, checked in the build tree: headers in C++, names that the library lets out, pages of the manual.
include(CheckLanguage)
check_language(CXX)
if(CMAKE_CXX_COMPILER)
    enable_language(CXX)
    foreach(h IN LISTS headers) # of headers_stand_alone
        get_filename_component(name ${h} NAME_WE)
        file(GENERATE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/cxx_${name}.cc CONTENT "#include \"spx/${name}.h\"\n")
        list(APPEND in_cxx ${CMAKE_CURRENT_BINARY_DIR}/cxx_${name}.cc)
    endforeach()
    add_library(headers_in_cxx OBJECT ${in_cxx})
    target_include_directories(headers_in_cxx PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_compile_features(headers_in_cxx PRIVATE cxx_std_11)
    target_compile_options(headers_in_cxx PRIVATE -Wall -Wextra -Wpedantic $<$<BOOL:${SPX_WERROR}>:-Werror>)
endif()

add_test(NAME install_exports COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/install/exports.sh $<TARGET_FILE:spx_shared> $<TARGET_FILE:spx_static>
    ${PROJECT_SOURCE_DIR})
add_test(NAME install_manual COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/install/manual.sh ${PROJECT_BINARY_DIR}/share/man)
set_tests_properties(install_exports install_manual PROPERTIES TIMEOUT 120 LABELS cli SKIP_RETURN_CODE 77)
