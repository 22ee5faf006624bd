# cpack -G DEB: one package of the programs, the library, its headers and the data.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR spx)
# Who answers for a package is who builds it: named as Debian's own tools have it, or else nobody who could get mail.
set(contact "spx developers <noreply@spx.invalid>")
if(DEFINED ENV{DEBFULLNAME} AND DEFINED ENV{DEBEMAIL})
    set(contact "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()
set(CPACK_PACKAGE_CONTACT ${contact} CACHE STRING "Who builds the package: NAME <ADDRESS>")
if(NOT CPACK_PACKAGE_CONTACT MATCHES "^[^<>@\n]+ <[^<>@ \n]+@[^<>@ \n]+>$")
    message(FATAL_ERROR "CPACK_PACKAGE_CONTACT is '${CPACK_PACKAGE_CONTACT}' (expected NAME <ADDRESS>)")
endif()
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "spectral diagnostics of knowledge editing in language models")
set(CPACK_PACKAGE_DESCRIPTION "Tools and a C library that tell whether knowledge editing has damaged a
language model, where and how badly: singular spectra, dominant subspaces,
editors and filters, metrics of facts and abilities, run files in HDF5, and
figures. Checkpoints are read as GGUF, safetensors, PyTorch or NumPy files.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Not GENERATE_SHLIBS: it adds scripts that call ldconfig, where Debian wants a trigger.
set(control ${PROJECT_BINARY_DIR}/debian)
file(WRITE ${control}/triggers "activate-noawait ldconfig\n")
file(WRITE ${control}/shlibs "libspx ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} spx (>= ${PROJECT_VERSION})\n")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${control}/triggers ${control}/shlibs)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "gnuplot-nox | gnuplot, fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "bash-completion, pkg-config")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
set(CPACK_SPX_DOC ${CMAKE_CURRENT_LIST_DIR}/copyright)
include(CPack)
