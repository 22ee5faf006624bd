# The rooms as one library, shared and static, with its headers, pkg-config file and CMake package.
include(CMakePackageConfigHelpers)
include(${CMAKE_CURRENT_LIST_DIR}/exports.cmake)

spx_write_exports(${CMAKE_CURRENT_BINARY_DIR}/spx.map ${CMAKE_CURRENT_BINARY_DIR}/spx.names)
add_library(spx_shared SHARED ${objects})
# The static library is one object whose other names are local, so that they cannot clash with a program's.
set(whole ${CMAKE_CURRENT_BINARY_DIR}/spx_whole.o)
add_custom_command(OUTPUT ${whole}
    COMMAND ${CMAKE_LINKER} -r -o ${whole} ${objects}
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbols=${CMAKE_CURRENT_BINARY_DIR}/spx.names ${whole}
    DEPENDS ${below} ${objects} ${CMAKE_CURRENT_BINARY_DIR}/spx.names COMMAND_EXPAND_LISTS VERBATIM)
set_source_files_properties(${whole} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
add_library(spx_static STATIC ${whole})
foreach(kind IN ITEMS shared static)
    set_target_properties(spx_${kind} PROPERTIES OUTPUT_NAME spx LINKER_LANGUAGE C)
    target_include_directories(spx_${kind} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(spx_${kind} PRIVATE ${needs} m)
endforeach()
set_target_properties(spx_shared PROPERTIES EXPORT_NAME spx
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} # see spx/version.h
    LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/spx.map)
set_target_properties(spx_static PROPERTIES EXPORT_NAME static)
target_link_options(spx_shared PRIVATE LINKER:--version-script=${CMAKE_CURRENT_BINARY_DIR}/spx.map LINKER:-Bsymbolic-functions)
foreach(s IN LISTS SPX_SANITIZE)
    target_link_options(spx_shared PRIVATE -fsanitize=${s})
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/spx)
install(TARGETS spx_shared EXPORT spx)
install(TARGETS spx_static EXPORT spx-static)
install(EXPORT spx NAMESPACE spx:: FILE spxTargets.cmake DESTINATION ${package})
install(EXPORT spx-static NAMESPACE spx:: FILE spxStaticTargets.cmake DESTINATION ${package})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/spx DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

list(JOIN SPX_MODULES " " SPX_MODULES_TEXT)
file(RELATIVE_PATH SPX_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
configure_file(${CMAKE_CURRENT_LIST_DIR}/spx.pc.in ${CMAKE_CURRENT_BINARY_DIR}/spx.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/spx.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

set(SPX_INSTALL_DATADIR ${CMAKE_INSTALL_DATADIR}/spx)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/spxConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/spxConfig.cmake
    INSTALL_DESTINATION ${package} PATH_VARS SPX_INSTALL_DATADIR)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/spxConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/spxConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/spxConfigVersion.cmake
    DESTINATION ${package})

# HTML of the headers, on request.
find_program(DOXYGEN doxygen)
if(DOXYGEN)
    configure_file(${CMAKE_CURRENT_LIST_DIR}/Doxyfile.in ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile @ONLY)
    add_custom_target(docs COMMAND ${DOXYGEN} -q ${CMAKE_CURRENT_BINARY_DIR}/Doxyfile
        COMMENT "Manual of the headers: ${PROJECT_BINARY_DIR}/docs/html/index.html" VERBATIM)
else()
    add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E echo "docs: doxygen is missing; install it and configure again"
        COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
endif()
