"""Writes test/fixtures/pictures/corpus: small pictures by independent encoders, with what Pillow reads.

Needs Pillow 12 or later, numpy and imagecodecs, and on PATH: convert (ImageMagick), tiffcp, cwebp, avifenc, cjpeg, ffmpeg. From the root:

    python scripts/pictures/corpus.py
"""

import base64
import hashlib
import io
import json
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import imagecodecs
import numpy
from PIL import Image, ImageCms, ImageOps

OUT = Path('test/fixtures/pictures/corpus')
W, H = 21, 13
work = Path(tempfile.mkdtemp())
index, expected = {}, {}


def base(mode='RGB', w=W, h=H):
    """Smooth colours with a hard-edged square, so that subsampled chroma, order and orientation show."""
    image = Image.new('RGBA', (w, h))
    for y in range(h):
        for x in range(w):
            inside = 3 < x < 9 and 2 < y < 6
            colour = (220, 30, 40) if inside else (x * 255 // w, y * 255 // h, 255 - (x + y) * 255 // (w + h))
            image.putpixel((x, y), (*colour, 255 if x > 5 else 40 + y * 15))
    return image if mode == 'RGBA' else image.convert('RGB').convert(mode)


def to_rgba(image):
    if image.mode.startswith('I;16'):
        image = Image.frombytes('L', image.size, bytes(v >> 8 for v in struct.unpack(f'<{image.width * image.height}H', image.convert('I;16').tobytes())))
    if image.mode == 'F':
        image = Image.frombytes('L', image.size, bytes(min(255, max(0, int(v * 255 + 0.5))) for v in image.get_flattened_data()))
    if image.mode == 'LAB':
        lab = ImageCms.createProfile('LAB')
        image = ImageCms.profileToProfile(image, lab, ImageCms.createProfile('sRGB'), outputMode='RGB')
    if image.mode == 'RGBX':
        image = image.convert('RGB')
    return image.convert('RGBA')


def add(name, data, by, what, tolerance=0, pillow=None):
    """`pillow`: other bytes of the same pixels, where Pillow itself reads this layout in another way."""
    data = bytes(data)
    (OUT / name).write_bytes(data)
    entry = {'by': by, 'layout': what, 'tolerance': tolerance}
    try:
        image = pillow if isinstance(pillow, Image.Image) else Image.open(io.BytesIO(pillow or data))
        image.load()
        rgba = to_rgba(ImageOps.exif_transpose(image))
        packed = base64.b64encode(zlib.compress(rgba.tobytes(), 9)).decode()
        key = hashlib.sha256(packed.encode()).hexdigest()[:8]
        expected[key] = packed
        entry |= {'width': rgba.width, 'height': rgba.height, 'rgba': key}
    except Exception as error:
        print('Pillow does not read', name, error, file=sys.stderr)
    index[name] = entry


def save(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def by_tool(name, what, tool, *command, tolerance=0, pillow=None):
    """A file that a command writes; IN is the picture as PNG, OUT the file."""
    out = work / name
    source = work / 'in.png'
    words = [str(out) if word == 'OUT' else str(source) if word == 'IN' else word for word in command]
    done = subprocess.run(words, capture_output=True)
    if not out.exists() or out.stat().st_size == 0:
        print('not written:', name, done.stderr.decode()[-200:], file=sys.stderr)
        return
    add(name, out.read_bytes(), tool, what, tolerance, pillow)


def orientations(name, format, what, **options):
    for turn in range(1, 9):
        exif = Image.Exif()
        exif[274] = turn
        add(f'{name}-{turn}.{name}', save(base(), format, exif=exif, **options), 'Pillow', f'{what}, orientation {turn}', 3 if format != 'PNG' else 0)


def jpeg():
    base().save(work / 'in.ppm')
    base('L').save(work / 'in.pgm')
    for subsampling in ['4:4:4', '4:2:2', '4:2:0']:
        for progressive in [False, True]:
            kind = 'progressive' if progressive else 'baseline'
            add(f'{kind}-{subsampling.replace(":", "")}.jpg', save(base(), 'JPEG', quality=90, subsampling=subsampling, progressive=progressive), 'Pillow', f'{kind}, YCbCr {subsampling}', 2)
    for sample in ['1x2', '4x1', '2x2']:
        by_tool(f'sample-{sample}.jpg', f'baseline, YCbCr sampled {sample}', 'cjpeg', 'cjpeg', '-sample', sample, '-outfile', 'OUT', str(work / 'in.ppm'), tolerance=2)
    by_tool('rgb.jpg', 'baseline, RGB (Adobe transform 0 or component ids)', 'cjpeg', 'cjpeg', '-rgb', '-outfile', 'OUT', str(work / 'in.ppm'), tolerance=2)
    by_tool('restart.jpg', 'baseline with restart markers', 'cjpeg', 'cjpeg', '-restart', '1', '-outfile', 'OUT', str(work / 'in.ppm'), tolerance=2)
    by_tool('gray-cjpeg.jpg', 'baseline, gray', 'cjpeg', 'cjpeg', '-outfile', 'OUT', str(work / 'in.pgm'), tolerance=2)
    by_tool('gray-progressive.jpg', 'progressive, gray', 'cjpeg', 'cjpeg', '-progressive', '-outfile', 'OUT', str(work / 'in.pgm'), tolerance=2)
    by_tool('arithmetic.jpg', 'arithmetic-coded', 'cjpeg', 'cjpeg', '-arithmetic', '-outfile', 'OUT', str(work / 'in.ppm'), tolerance=2)
    by_tool('magick.jpg', 'baseline', 'ImageMagick', 'convert', 'IN', 'OUT', tolerance=2)
    by_tool('magick-cmyk.jpg', 'baseline, CMYK', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'CMYK', 'OUT', tolerance=3)
    for sample in ['2x1', '1x2', '2x2']:
        by_tool(f'magick-cmyk-{sample}.jpg', f'baseline, CMYK sampled {sample}', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'CMYK', '-sampling-factor', sample, 'OUT', tolerance=3)
    by_tool('magick-cmyk-progressive.jpg', 'progressive, CMYK sampled 2x2', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'CMYK', '-sampling-factor', '2x2', '-interlace', 'JPEG', 'OUT', tolerance=3)
    inks = numpy.asarray(base('CMYK'))
    add('ycck.jpg', imagecodecs.jpeg_encode(inks, level=90, colorspace='CMYK', outcolorspace='YCCK'), 'imagecodecs', 'baseline, YCCK 4:2:0', 3)
    add('cmyk.jpg', save(base('CMYK'), 'JPEG', quality=95), 'Pillow', 'baseline, CMYK', 3)
    by_tool('ffmpeg.jpg', 'baseline', 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', '-update', '1', '-pix_fmt', 'yuvj420p', 'OUT', tolerance=2)
    ids = bytearray(save(base(), 'JPEG', quality=95, subsampling='4:4:4', keep_rgb=True))
    add('rgb-ids.jpg', ids, 'Pillow', 'baseline, RGB kept', 2)
    add('trailing.jpg', save(base(), 'JPEG') + b'after the end \xff\xda\xff\xd8', 'Pillow', 'bytes after the end', 2)
    orientations('jpg', 'JPEG', 'baseline', quality=90)


def png():
    for mode in ['1', 'L', 'LA', 'P', 'RGB', 'RGBA']:
        image = base(mode) if mode != 'LA' else base('RGBA').convert('LA')
        add(f'pillow-{mode.lower()}.png', save(image, 'PNG'), 'Pillow', f'mode {mode}')
    add('gray16.png', save(Image.frombytes('I;16', (W, H), b''.join(struct.pack('<H', (x * 3000 + y * 257) & 65535) for y in range(H) for x in range(W))), 'PNG'), 'Pillow', 'gray of 16 bits', 1)
    for bits in [1, 2, 4]:
        add(f'palette-{bits}.png', save(base().quantize(2**bits), 'PNG', bits=bits), 'Pillow', f'palette of {bits} bits')
    palette = base().quantize(16)
    add('palette-transparent.png', save(palette, 'PNG', transparency=bytes(range(0, 256, 16))), 'Pillow', 'palette with alpha')
    add('rgb-transparent.png', save(base(), 'PNG', transparency=(220, 30, 40)), 'Pillow', 'RGB with a transparent colour')
    add('gray-transparent.png', save(base('L'), 'PNG', transparency=100), 'Pillow', 'gray with a transparent value')
    for kind in ['png8', 'png24', 'png32', 'png48', 'png64', 'png00']:
        by_tool(f'magick-{kind}.png', f'{kind[3:]} bits a pixel', 'ImageMagick', 'convert', 'IN', f'{kind}:{work}/magick-{kind}.png', tolerance=1)
        by_tool(f'interlaced-{kind}.png', f'{kind[3:]} bits a pixel, interlaced', 'ImageMagick', 'convert', 'IN', '-interlace', 'PNG', f'{kind}:{work}/interlaced-{kind}.png', tolerance=1)
    for depth in ['1', '2', '4']:
        by_tool(f'gray-{depth}.png', f'gray of {depth} bits', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'Gray', '-depth', depth, '-define', f'png:bit-depth={depth}', '-define', 'png:color-type=0', 'OUT')
        by_tool(f'gray-{depth}-interlaced.png', f'gray of {depth} bits, interlaced', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'Gray', '-depth', depth, '-interlace', 'PNG', '-define', f'png:bit-depth={depth}', '-define', 'png:color-type=0', 'OUT')
    by_tool('ffmpeg-rgb48.png', 'RGB of 16 bits', 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', '-update', '1', '-pix_fmt', 'rgb48be', 'OUT', tolerance=1)
    by_tool('ffmpeg-ya8.png', 'gray and alpha', 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', '-update', '1', '-pix_fmt', 'ya8', 'OUT')
    add('apng.png', save(base(), 'PNG', save_all=True, append_images=[base().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]), 'Pillow', 'animation (APNG)')
    add('trailing.png', save(base(), 'PNG') + bytes(range(256)), 'Pillow', 'bytes after the end')
    add('profile.png', save(base(), 'PNG', icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile('XYZ')).tobytes()), 'Pillow', 'with a colour profile')
    orientations('png', 'PNG', 'RGB')


def gif():
    add('pillow.gif', save(base().quantize(64), 'GIF'), 'Pillow', 'one frame')
    add('transparent.gif', save(base().quantize(16), 'GIF', transparency=3), 'Pillow', 'a transparent colour')
    add('two.gif', save(base().convert('1'), 'GIF'), 'Pillow', 'two colours')
    add('frames.gif', save(base().quantize(32), 'GIF', save_all=True, append_images=[base().rotate(180).quantize(32)], duration=50), 'Pillow', 'animation')
    add('interlaced.gif', save(base().quantize(64), 'GIF', interlace=1), 'Pillow', 'interlaced')
    by_tool('magick.gif', 'one frame', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', 'OUT')
    by_tool('magick-interlaced.gif', 'interlaced', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-interlace', 'GIF', 'OUT')
    by_tool('ffmpeg.gif', 'one frame', 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', 'OUT')
    noise = Image.effect_noise((120, 90), 90).convert('RGB').quantize(256)
    add('noise.gif', save(noise, 'GIF'), 'Pillow', 'codes up to 12 bits')


def bmp():
    for mode in ['1', 'L', 'P', 'RGB', 'RGBA']:
        add(f'pillow-{mode.lower()}.bmp', save(base(mode) if mode != 'P' else base().quantize(200), 'BMP'), 'Pillow', f'mode {mode}')
    for kind in ['bmp2', 'bmp3', 'bmp']:
        by_tool(f'magick-{kind}.bmp', f'24 bits, header of {kind}', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', f'{kind}:{work}/magick-{kind}.bmp')
        by_tool(f'magick-{kind}-4.bmp', f'palette, header of {kind}', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colors', '16', '-type', 'Palette', f'{kind}:{work}/magick-{kind}-4.bmp')
        by_tool(f'magick-{kind}-alpha.bmp', f'alpha, header of {kind}', 'ImageMagick', 'convert', 'IN', f'{kind}:{work}/magick-{kind}-alpha.bmp')
    by_tool('magick-rle.bmp', 'RLE8', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colors', '64', '-type', 'Palette', '-compress', 'RLE', f'bmp3:{work}/magick-rle.bmp')
    for subtype in ['RGB565', 'RGB555', 'XRGB1555']:
        by_tool(f'magick-{subtype.lower()}.bmp', f'16 bits, {subtype}', 'ImageMagick', 'convert', 'IN', '-define', f'bmp:subtype={subtype}', 'OUT', tolerance=1)
    for pixels in ['rgb565le', 'rgb555le', 'bgra', 'bgr24', 'pal8', 'gray', 'monob', 'rgb8', 'bgr4_byte']:
        by_tool(f'ffmpeg-{pixels}.bmp', pixels, 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', '-update', '1', '-pix_fmt', pixels, 'OUT', tolerance=1)
    hand_made_bmp()


def hand_made_bmp():
    """Layouts that no encoder at hand writes, packed field by field."""
    image = base()
    rows = [b''.join(bytes(image.getpixel((x, y))[::-1]) for x in range(W)) + b'\0' * (-3 * W % 4) for y in range(H)]
    data = b''.join(reversed(rows))
    info = lambda h, bits, size, used=0, comp=0: struct.pack('<IiiHHIIiiII', 40, W, h, 1, bits, comp, size, 0, 0, used, 0)
    file = lambda head, body, gap=b'': b'BM' + struct.pack('<IHHI', 14 + len(head) + len(gap) + len(body), 0, 0, 14 + len(head) + len(gap)) + head + gap + body
    add('top-down.bmp', file(info(-H, 24, len(data)), b''.join(rows)), 'by hand', '24 bits, top-down')
    add('gap.bmp', file(info(H, 24, len(data)), data, b'\x55' * 70), 'by hand', '24 bits, a gap before the pixels')
    add('core.bmp', file(struct.pack('<IHHHH', 12, W, H, 1, 24), data), 'by hand', '24 bits, OS/2 1')
    add('os2-64.bmp', file(struct.pack('<I', 64) + info(H, 24, len(data))[4:] + bytes(24), data), 'by hand', '24 bits, OS/2 2', pillow=file(info(H, 24, len(data)), data))
    few = image.quantize(16)
    colours = few.getpalette()[:48] + [0] * 48
    quads = b''.join(bytes([colours[3 * i + 2], colours[3 * i + 1], colours[3 * i], 0]) for i in range(16))
    triples = b''.join(bytes([colours[3 * i + 2], colours[3 * i + 1], colours[3 * i]]) for i in range(16))
    lines = [[few.getpixel((x, y)) for x in range(W)] for y in range(H)]

    def nibbles(line):
        line = line + [0] * (len(line) % 2)
        return bytes(a * 16 + b for a, b in zip(line[::2], line[1::2]))

    pad = lambda row, n=4: row + b'\0' * (-len(row) % n)
    four = b''.join(pad(nibbles(line)) for line in reversed(lines))
    add('four.bmp', file(info(H, 4, len(four), 16) + quads, four), 'by hand', '4 bits, odd width')
    add('core-four.bmp', file(struct.pack('<IHHHH', 12, W, H, 1, 4) + triples, four), 'by hand', '4 bits, OS/2 1')
    eight = b''.join(pad(bytes(line)) for line in reversed(lines))
    add('eight-few.bmp', file(info(H, 8, len(eight), 16) + quads, eight), 'by hand', '8 bits, 16 colours')
    flat = Image.new('P', (W, H))
    flat.putpalette(colours)
    flat.putdata([v for line in lines for v in line])
    for wide, name in [(8, 'rle8'), (4, 'rle4')]:
        body, literal = b'', b''
        for line in reversed(lines):
            for value in line:
                body += bytes([1, value if wide == 8 else value * 16])
            body += b'\0\0'
            packed = bytes(line) if wide == 8 else nibbles(line)
            literal += bytes([0, len(line)]) + pad(packed, 2) + b'\0\0'
        for kind, code in [('runs', body), ('literals', literal)]:
            made = file(info(H, wide, len(code), 16, 1 if wide == 8 else 2) + quads, code + b'\0\1')
            add(f'{name}-{kind}.bmp', made, 'by hand', f'{name.upper()}, {kind}', pillow=flat)
    v4 = lambda masks, bits, size, n: struct.pack('<IiiHHIIiiII', n, W, H, 1, bits, 3, size, 0, 0, 0, 0) + struct.pack('<4I', *masks) + bytes(n - 56)
    alpha = base('RGBA')
    quad = lambda order: b''.join(bytes(alpha.getpixel((x, y))[i] for i in order) for y in reversed(range(H)) for x in range(W))
    for n in [56, 108, 124]:
        bgra = quad([2, 1, 0, 3])
        add(f'v-{n}-bgra.bmp', file(v4((0xff0000, 0xff00, 0xff, 0xff000000), 32, len(bgra), n), bgra), 'by hand', f'32 bits, masks BGRA, header of {n} bytes', pillow=alpha)
        rgba = quad([0, 1, 2, 3])
        add(f'v-{n}-rgba.bmp', file(v4((0xff, 0xff00, 0xff0000, 0xff000000), 32, len(rgba), n), rgba), 'by hand', f'32 bits, masks RGBA, header of {n} bytes', pillow=alpha)
    add('jpeg-inside.bmp', file(info(H, 0, 100, 0, 4), save(image, 'JPEG')), 'by hand', 'JPEG inside')


def tiff():
    modes = {'1': base('1'), 'L': base('L'), 'P': base().quantize(200), 'RGB': base(), 'RGBA': base('RGBA'), 'CMYK': base('CMYK'), 'LA': base('RGBA').convert('LA')}
    modes['LAB'] = ImageCms.profileToProfile(base(), ImageCms.createProfile('sRGB'), ImageCms.createProfile('LAB'), outputMode='LAB')
    modes['F'] = base('L').convert('F').point(lambda v: v * (1.2 / 255) - 0.1)
    modes['I16'] = Image.frombytes('I;16', (W, H), b''.join(struct.pack('<H', (x * 3000 + y * 257) & 65535) for y in range(H) for x in range(W)))
    for mode, image in modes.items():
        for compression in ['raw', 'tiff_lzw', 'tiff_adobe_deflate', 'packbits']:
            add(f'{mode.lower()}-{compression.replace("tiff_", "")}.tif', save(image, 'TIFF', compression=None if compression == 'raw' else compression), 'Pillow', f'mode {mode}, {compression}', 3 if mode in ['LAB', 'CMYK'] else 1 if mode in ['F', 'I16'] else 0)
    for compression in ['zstd', 'lzma', 'webp', 'jpeg']:
        try:
            add(f'{compression}.tif', save(base(), 'TIFF', compression=compression), 'Pillow', f'RGB, {compression}', 2)
        except Exception as error:
            print(compression, error, file=sys.stderr)
    for mode in ['L', 'YCbCr']:
        add(f'{mode.lower()}-jpeg.tif', save(base(mode), 'TIFF', compression='jpeg'), 'Pillow', f'mode {mode}, jpeg', 2)
    for compression in ['group3', 'group4', 'tiff_ccitt']:
        add(f'{compression}.tif', save(base('1'), 'TIFF', compression=compression), 'Pillow', f'two colours, {compression}')
    save_to = lambda image, name: (work / name).write_bytes(save(image, 'TIFF')) and str(work / name)
    rgb, gray, rgba = save_to(base(), 'rgb.tif'), save_to(base('L'), 'gray.tif'), save_to(base('RGBA'), 'rgba.tif')
    f32 = save_to(modes['F'], 'f32.tif')
    i16 = save_to(modes['I16'], 'i16.tif')
    truth = {'rgb': base(), 'gray': base('L'), 'rgba': base('RGBA'), 'f32': modes['F'], 'i16': modes['I16']}
    for name, source in [('rgb', rgb), ('gray', gray), ('rgba', rgba), ('i16', i16), ('f32', f32)]:
        predictors = ['', ':2'] if name != 'f32' else ['', ':3']
        for method in ['lzw', 'zip', 'packbits', 'none']:
            for predictor in predictors if method in ['lzw', 'zip'] else ['']:
                for layout, options in [('strips', ['-s', '-r', '5']), ('tiles', ['-t', '-w', '16', '-l', '16']), ('planar', ['-p', 'separate']), ('big-endian', ['-B'])]:
                    if layout == 'planar' and name in ['gray', 'i16', 'f32']:
                        continue
                    if layout != 'strips' and method in ['packbits', 'none'] and name not in ['rgb']:
                        continue
                    file = f'{name}-{method}{predictor.replace(":", "-p")}-{layout}.tif'
                    by_tool(file, f'{name}, {method}{" predictor " + predictor[1:] if predictor else ""}, {layout}', 'tiffcp', 'tiffcp', '-c', method + predictor, *options, source, 'OUT', tolerance=1 if name in ['i16', 'f32'] else 0, pillow=truth[name])
    by_tool('jpeg-tiles.tif', 'RGB, JPEG, tiles', 'tiffcp', 'tiffcp', '-c', 'jpeg:r', '-t', '-w', '16', '-l', '16', rgb, 'OUT', tolerance=2)
    by_tool('lsb.tif', 'bits from the lowest on', 'tiffcp', 'tiffcp', '-f', 'lsb2msb', '-c', 'packbits', save_to(base('1'), 'one.tif'), 'OUT')
    by_tool('associated.tif', 'RGBA, associated alpha', 'ImageMagick', 'convert', 'IN', '-define', 'tiff:alpha=associated', 'OUT', tolerance=3)
    by_tool('magick-48.tif', 'RGB of 16 bits', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-depth', '16', 'OUT', tolerance=1, pillow=base())
    by_tool('magick-white-is-0.tif', 'white is 0', 'ImageMagick', 'convert', 'IN', '-alpha', 'off', '-colorspace', 'Gray', '-define', 'quantum:polarity=min-is-white', 'OUT', tolerance=1)
    by_tool('ffmpeg-rgb48.tif', 'RGB of 16 bits', 'ffmpeg', 'ffmpeg', '-y', '-i', 'IN', '-update', '1', '-pix_fmt', 'rgb48le', 'OUT', tolerance=1, pillow=base())
    for turn in range(2, 9):
        add(f'turn-{turn}.tif', save(base(), 'TIFF', tiffinfo={274: turn}), 'Pillow', f'RGB, orientation {turn}')
    pages = save(base(), 'TIFF', save_all=True, append_images=[base('L')])
    add('pages.tif', pages, 'Pillow', 'two pages')


def modern():
    for lossless in [True, False]:
        for mode in ['RGB', 'RGBA']:
            add(f'pillow-{mode.lower()}-{"lossless" if lossless else "lossy"}.webp', save(base(mode), 'WEBP', lossless=lossless, exact=True), 'Pillow', f'{mode}, {"lossless" if lossless else "lossy"}', 0 if lossless else 2)
    by_tool('cwebp.webp', 'lossy', 'cwebp', 'cwebp', '-quiet', 'IN', '-o', 'OUT', tolerance=2)
    by_tool('cwebp-lossless.webp', 'lossless', 'cwebp', 'cwebp', '-quiet', '-lossless', '-exact', 'IN', '-o', 'OUT')
    by_tool('cwebp-alpha.webp', 'lossy, alpha', 'cwebp', 'cwebp', '-quiet', '-q', '60', '-alpha_q', '50', 'IN', '-o', 'OUT', tolerance=2)
    add('animated.webp', save(base(), 'WEBP', save_all=True, append_images=[base().rotate(180)]), 'Pillow', 'animation', 2)
    orientations('webp', 'WEBP', 'lossy', quality=95)
    for yuv in ['444', '422', '420', '400']:
        for depth in ['8', '10', '12']:
            by_tool(f'avifenc-{yuv}-{depth}.avif', f'YUV {yuv}, {depth} bits', 'avifenc', 'avifenc', '-y', yuv, '-d', depth, '-s', '10', '--ignore-exif', str(work / 'opaque.png'), 'OUT', tolerance=2)
    by_tool('avifenc-alpha.avif', 'alpha', 'avifenc', 'avifenc', '-s', '10', 'IN', 'OUT', tolerance=2)
    by_tool('avifenc-lossless.avif', 'lossless', 'avifenc', 'avifenc', '-l', 'IN', 'OUT')
    for turn in range(4):
        for mirror in ['', '0', '1']:
            options = ['--irot', str(turn)] if turn else []
            options += ['--imir', mirror] if mirror else []
            by_tool(f'turn-{turn}{mirror}.avif', f'{turn} quarter turns{", mirror " + mirror if mirror else ""}', 'avifenc', 'avifenc', '-s', '10', *options, str(work / 'opaque.png'), 'OUT', tolerance=2)
    add('pillow.avif', save(base(), 'AVIF'), 'Pillow', 'YUV 420', 2)


OUT.mkdir(parents=True, exist_ok=True)
for old in OUT.iterdir():
    old.unlink()
base('RGBA').save(work / 'in.png')
base().save(work / 'opaque.png')
for write in [jpeg, png, gif, bmp, tiff, modern]:
    write()
lines = [f'  {json.dumps(name)}: {json.dumps(entry)}' for name, entry in index.items()]
(OUT / 'index.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
lines = [f'  {json.dumps(key)}: {json.dumps(packed)}' for key, packed in expected.items()]
(OUT / 'expected.json').write_text('{\n' + ',\n'.join(lines) + '\n}\n')
print(len(index), 'files,', sum(f.stat().st_size for f in OUT.iterdir()), 'bytes')
