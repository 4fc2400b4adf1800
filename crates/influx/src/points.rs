//! Lines, read as a server reads them: what a shaper's lines will be once they are written.

use model::{
    Failure, FailureKind,
    edges::{LineBatch, ReadPoint},
};

use crate::segment::{Segment, fields, key};

/// Tells the point of every line of a batch, in order.
///
/// # Errors
/// `Internal` for a line that has no time or no field: no shaper makes such.
pub(crate) fn read(batch: &LineBatch, tell: &mut dyn FnMut(&ReadPoint<'_>)) -> Result<(), Failure> {
    let segment = Segment::whole(batch);
    for (number, text) in (0_u32..).zip(segment.texts()) {
        let unreadable = || Failure::new(FailureKind::Internal, format!("line {} of a batch cannot be read", number + 1));
        let (measurement, key_end) = key(text).ok_or_else(unreadable)?;
        let mut values = Vec::new();
        let mut end = key_end;
        for (name, value, value_end) in fields(text, key_end) {
            values.push((String::from_utf8_lossy(&name).into_owned(), number_of(&text[value..value_end])));
            end = value_end;
        }
        let time = text.get(end + 1..).and_then(|time| std::str::from_utf8(time).ok()?.parse::<i64>().ok());
        let time_ns = time.filter(|_| !values.is_empty()).ok_or_else(unreadable)?;
        let measurement = String::from_utf8_lossy(&measurement);
        tell(&ReadPoint { line: number, measurement: &measurement, series: &text[..key_end], fields: &values, time_ns, text });
    }
    Ok(())
}

/// The number that a field's value is, as its text says it; `None` for texts and booleans.
fn number_of(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?;
    let digits = text.strip_suffix(['i', 'u']).unwrap_or(text);
    let is_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    digits.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn told(body: &'static str, lines: u32) -> Result<Vec<String>, Failure> {
        let batch = LineBatch { body: Bytes::from_static(body.as_bytes()), lines, rows: vec![(0, 1)] };
        let mut told = Vec::new();
        read(&batch, &mut |point| {
            let fields: Vec<String> = point.fields.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            let series = String::from_utf8_lossy(point.series);
            told.push(format!("{} {} {series} {} {}", point.line, point.measurement, fields.join(" "), point.time_ns));
        })?;
        Ok(told)
    }

    #[test]
    fn points_are_told_as_a_server_reads_them() {
        let body = "we\\ ather,ci\\=ty=new\\ york a\\,b=1.5,t=\"x,y=\\\" \n i=3i\",i=-5i,u=7u,b=true -42\nm f=1e+20 7\n";
        let expected =
            ["0 we ather we\\ ather,ci\\=ty=new\\ york a,b=Some(1.5) t=None i=Some(-5.0) u=Some(7.0) b=None -42", "1 m m f=Some(1e20) 7"];
        assert_eq!(told(body, 2).unwrap(), expected);
    }

    #[test]
    fn a_line_that_is_cut_off_is_an_error() {
        for line in ["m f=1", "m", "m,t=a f=\"x 5", "m f=1 5x"] {
            assert!(told(line, 1).is_err(), "{line}");
        }
    }
}
