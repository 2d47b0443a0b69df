/// The pictures beside the kernel's name in Jupyter.
enum Logo {
    /// The kernelspec's files by name.
    static var files: [(name: String, bytes: [UInt8])] { [("logo-svg.svg", Array(svg.utf8))] }

    /// A flake of ice, half of it already drops of water.
    static let svg = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
        <defs><linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#7fd0f7"/><stop offset=".55" stop-color="#2f8fd8"/><stop offset="1" stop-color="#e69f00"/></linearGradient></defs>
        <rect width="64" height="64" rx="13" fill="#0f2536"/>
        <g stroke="url(#g)" stroke-width="4.2" stroke-linecap="round" fill="none">
        <path d="M32 9v27M20.3 15.8 32 22.5l11.7-6.7M12.5 20.7 32 32l19.5-11.3M13 29.5l8.5-2.2-2.2-8.4M51 29.5l-8.500-2.200 2.200-8.400"/>
        </g>
        <path d="M32 36c5.600 7 8.400 10.800 8.400 14.200a8.400 8.400 0 0 1-16.800 0C23.600 46.800 26.400 43 32 36z" fill="url(#g)"/>
        </svg>
        """
}
